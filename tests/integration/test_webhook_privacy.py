"""Of a person, systems are told the operator's own reference; addresses, secrets and references are kept sealed."""

import json
import logging
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from consent_service.webhooks.states import KINDS
from tests.hooks import Hook, House, hook, house_on
from tests.integration.conftest import MovableClock, client_of
from tests.integration.test_planted_values import PLANTED, REF, files_of, kept_in, live_a_life, logged, places_of
from tests.integration.test_withdrawals import withdraw, work
from tests.mail import smtp_server

TOKEN = "planted-token-of-an-address"
EVERYTHING = [str(kind) for kind in KINDS]


@pytest.fixture
def receiver() -> Iterator[Hook]:
    with hook() as made:
        yield made


@pytest.fixture
def house(database_url: str, tmp_path: Path, clock: MovableClock) -> Iterator[House]:
    with house_on(database_url, tmp_path, clock, client_of) as made:
        yield made


def test_values_planted_in_what_people_send_leave_in_events_as_the_reference_alone_and_are_kept_nowhere(
    database_url: str, tmp_path: Path, clock: MovableClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with ExitStack() as stack:
        takes, hangs_up = stack.enter_context(hook()), stack.enter_context(hook())
        _, mail = stack.enter_context(smtp_server())
        house = stack.enter_context(house_on(database_url, tmp_path, clock, client_of, SMTP_URL=mail))
        secrets = [house.subscribe(f"{one.url}?key={TOKEN}", *EVERYTHING)[1] for one in (takes, hangs_up)]
        live_a_life(house.app)
        hangs_up.always = 500
        kept = [kept_in(house.app, tmp_path)]
        clock.move(days=40)
        work(house.app)
        kept.append(kept_in(house.app, tmp_path))
        kept.append({"log": logged(caplog), "metrics": house.app.test_client().get("/metrics").get_data()})

    assert {"consent.given", "consent.withdrawn", "withdrawal.effective", "erasure.done"} <= set(takes.types)
    assert {event["data"]["subject"] for event in takes.events} == {REF}
    said = json.dumps([{**event, "data": event["data"] | {"subject": ""}} for event in takes.events])
    headers = str([headers for headers, _ in takes.received]).replace(TOKEN, "")
    assert [word for word in PLANTED if word in said + headers] == []
    assert all(kept[n]["webhooks"] and kept[n]["webhook_deliveries"] for n in (0, 1))
    for one in kept:
        assert places_of(one) == set()
        assert not any(secret.encode() in content for secret in secrets for content in one.values())


def test_after_the_proof_of_delivery_nothing_of_the_person_is_left(
    database_url: str, tmp_path: Path, clock: MovableClock
) -> None:
    with ExitStack() as stack:
        receiver = stack.enter_context(hook())
        _, mail = stack.enter_context(smtp_server())
        house = stack.enter_context(house_on(database_url, tmp_path, clock, client_of, SMTP_URL=mail))
        house.subscribe(receiver.url, *EVERYTHING)
        live_a_life(house.app)
        clock.move(days=40)
        work(house.app)
        assert house.run().failed == 0
        sealed = house.rows("SELECT count(*) FROM webhook_deliveries WHERE sealed IS NOT NULL")
        kept = kept_in(house.app, tmp_path)

    assert "erasure.done" in receiver.types
    assert sealed == [(0,)]
    assert not any(kept[name] for name in ("subjects", "subject_identifiers", "subject_notes", "subject_files"))
    assert places_of(kept | files_of(tmp_path)) == set()


def test_after_thirty_days_a_delivery_is_forgotten_with_its_tries(
    house: House, receiver: Hook, clock: MovableClock
) -> None:
    house.subscribe(receiver.url, "consent.given")
    receiver.answers += [422]
    house.give(1)
    house.give(2)
    house.run()
    clock.move(days=29)
    house.run("housekeeping")
    assert house.rows("SELECT count(*) FROM webhook_attempts") == [(2,)]

    clock.move(days=2)
    house.run("housekeeping")

    assert house.rows("SELECT count(*) FROM webhook_deliveries") == [(0,)]
    assert house.rows("SELECT count(*) FROM webhook_attempts") == [(0,)]


def test_a_receiver_that_comes_back_after_the_erasure_still_learns_of_whom_and_then_nobody_knows(
    house: House, receiver: Hook, clock: MovableClock
) -> None:
    webhook_id, _ = house.subscribe(receiver.url, "consent.given", "erasure.done")
    receiver.always = 503
    house.give()
    withdraw(house.api)
    clock.move(days=11)
    assert work(house.app) > 0  # the receiver is in trouble, the erasure is not
    assert house.rows("SELECT count(*) FROM subjects") == [(0,)]
    sealed = "SELECT count(*) FROM webhook_deliveries WHERE sealed IS NOT NULL"
    assert house.rows(sealed) == [(2,)]

    receiver.received.clear()
    receiver.always = 204
    house.until_settled(webhook_id, minutes=10)

    told = [(event["type"], event["data"]["subject"]) for event in receiver.events]
    assert sorted(told) == [("consent.given", "person-1"), ("erasure.done", "person-1")]
    assert house.rows(sealed) == [(0,)]
    for one in house.deliveries(webhook_id, state="delivered"):
        answer = house.api.post(f"/webhooks/{webhook_id}/deliveries/{one['id']}/replay")
        assert (answer.status_code, answer.json["detail"]) == (404, "This person has been erased.")


def test_what_was_given_up_about_a_person_is_not_sent_after_the_erasure(
    house: House, receiver: Hook, clock: MovableClock
) -> None:
    webhook_id, _ = house.subscribe(receiver.url, "consent.given", "erasure.done")
    receiver.answers += [422]
    house.give()
    house.run()
    withdraw(house.api)
    clock.move(days=11)
    work(house.app)

    assert house.api.post(f"/webhooks/{webhook_id}/replay").json == {"replayed": 0}
    house.run()
    assert receiver.types == ["consent.given", "erasure.done"]
    assert [one["state"] for one in house.deliveries(webhook_id)] == ["delivered", "dropped"]
