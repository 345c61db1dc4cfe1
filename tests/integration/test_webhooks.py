"""Operators' own systems are told of what happens: which events, when, with whose signature, and to nobody else."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from standardwebhooks import Webhook

from consent_service.kernel.clock import system_clock
from consent_service.services import services
from consent_service.webhooks.announcing import announce
from consent_service.webhooks.rules import FIRST_PAUSE, LONGEST_PAUSE, Verdict, pause, verdict
from consent_service.webhooks.states import KINDS, Kind
from tests.databases import app_on
from tests.factories import consent, seed_policies
from tests.hooks import LABORATORY, Hook, House, hook, house_on
from tests.integration.conftest import ACTOR, START, MovableClock, client_of
from tests.integration.test_consents import ADVERTISING, RESEARCH, allowed
from tests.integration.test_statements import counted
from tests.integration.test_subject_requests import act, ask
from tests.integration.test_withdrawals import withdraw, work
from tests.integration.test_withdrawals_decided import BAR

ADVERTISING_NAME = f"uof/personal-data-agreement#{ADVERTISING}"
EVERYTHING = [str(kind) for kind in KINDS]


@pytest.fixture
def receiver() -> Iterator[Hook]:
    with hook() as made:
        yield made


@pytest.fixture
def house(database_url: str, tmp_path: Path, clock: MovableClock) -> Iterator[House]:
    with house_on(database_url, tmp_path, clock, client_of) as made:
        yield made


def test_a_consent_is_told_of_with_the_operator_s_own_reference_and_signed(house: House, receiver: Hook) -> None:
    _, secret = house.subscribe(receiver.url, "consent.given", "permission.changed")

    made = house.api.post("/consents", consent(subject={"ref": "person-7", "identifiers": {"email": "a@example.kz"}}))
    assert (house.run().done, house.run().done) == (2, 0)

    told = {"consent": made.json["id"], "purposes": [ADVERTISING_NAME], "subject": "person-7"}
    at = START.strftime("%Y-%m-%dT%H:%M:%S.000000Z")
    assert sorted(receiver.events, key=lambda event: event["type"]) == [
        {"type": "consent.given", "timestamp": at, "data": told},
        {"type": "permission.changed", "timestamp": at, "data": told},
    ]
    assert receiver.signed_by(secret) == [True, True]
    assert len(set(receiver.ids)) == 2
    assert {headers["content-type"] for headers, _ in receiver.received} == {"application/json"}


def test_a_receiver_verifies_with_the_library_of_the_standard(database_url: str, tmp_path: Path) -> None:
    with hook() as receiver, app_on(database_url, tmp_path, system_clock, **LABORATORY) as app:
        house = House(app, MovableClock(), client_of(app, "uof"))
        webhook_id, secret = house.subscribe(receiver.url, "consent.given")
        house.api.post(f"/webhooks/{webhook_id}/test")
        house.run()

    ((headers, body),) = receiver.received
    assert Webhook(secret).verify(body, headers)["type"] == "webhook.test"


def test_each_event_of_a_withdrawal_is_told_of_when_it_becomes_true(
    house: House, receiver: Hook, clock: MovableClock
) -> None:
    house.subscribe(receiver.url, *EVERYTHING)
    house.api.post("/consents", consent())
    house.run()
    assert sorted(receiver.types) == ["consent.given", "permission.changed"]

    made = withdraw(house.api)
    house.run()
    assert receiver.types[2:] == ["consent.withdrawn"]  # ten days are left: nothing has stopped yet
    clock.set(datetime(2026, 12, 3, 18, 59, 59, tzinfo=UTC))
    assert house.run().done == 0
    clock.move(seconds=1)
    house.run()  # at the very instant, before any job has carried the withdrawal out
    assert receiver.types[3:] == ["permission.changed"]
    assert allowed(house.api, ADVERTISING)[0] is False

    assert work(house.app) == 0
    house.run()
    assert sorted(receiver.types[4:]) == ["erasure.done", "erasure.ordered", "withdrawal.effective"]
    events = {event["type"]: event["data"] for event in receiver.events[2:]}
    assert {data["subject"] for data in events.values()} == {"person-1"}
    assert {data["withdrawal"] for data in events.values() if "withdrawal" in data} == {made["id"]}
    assert events["erasure.done"] == {
        "order": events["erasure.ordered"]["order"],
        "outcome": "erased",
        "purposes": [ADVERTISING_NAME],
        "subject": "person-1",
    }


def test_an_erasure_after_which_the_person_stays_known_says_so(
    house: House, receiver: Hook, clock: MovableClock
) -> None:
    house.subscribe(receiver.url, "erasure.done", "erasure.ordered")
    both = [{"purpose": code, "granted": True} for code in (ADVERTISING, RESEARCH)]
    house.api.post("/consents", consent(choices=both))
    withdraw(house.api, purposes=[ADVERTISING])
    clock.move(days=12)

    assert work(house.app) == 0
    house.run()

    done = next(event["data"] for event in receiver.events if event["type"] == "erasure.done")
    assert (done["outcome"], done["purposes"]) == ("kept", [ADVERTISING_NAME])


def test_an_answer_that_changes_nothing_changes_no_permission(
    house: House, receiver: Hook, clock: MovableClock
) -> None:
    house.subscribe(receiver.url, "permission.changed")
    told = []
    for granted in (False, True, True, False, False):
        house.api.post("/consents", consent(choices=[{"purpose": ADVERTISING, "granted": granted}]))
        clock.move(minutes=1)
        house.run()
        told.append(len(receiver.received))

    assert told == [0, 1, 1, 2, 2]


def test_a_no_is_no_consent_that_was_given(house: House, receiver: Hook) -> None:
    house.subscribe(receiver.url, "consent.given")

    house.api.post("/consents", consent(choices=[{"purpose": ADVERTISING, "granted": False}]))

    assert house.run().done == 0


def test_a_withdrawal_that_is_refused_lets_systems_ask_again_and_takes_the_order_back(
    house: House, receiver: Hook, clock: MovableClock
) -> None:
    house.api.post("/consents", consent(given_at="2026-11-01T05:00:00Z"))
    made = withdraw(house.api, received_at="2026-11-09T05:00:00Z")
    house.subscribe(receiver.url, "permission.changed", "erasure.cancelled")

    assert house.api.post(f"/withdrawals/{made['id']}/refuse", BAR).status_code == 200
    house.run()

    assert sorted(receiver.types) == ["erasure.cancelled", "permission.changed"]
    assert allowed(house.api, ADVERTISING)[0] is True


def test_blocking_and_its_end_let_systems_ask_again(house: House, receiver: Hook) -> None:
    house.subscribe(receiver.url, "permission.changed")
    person = {"ref": "person-1", "identifiers": {"email": "a@example.kz"}}
    house.api.post("/consents", consent(subject=person))
    house.run()
    asked = ask(house.api, "blocking")
    house.run()
    assert allowed(house.api, ADVERTISING) == (False, "blocked")
    act(house.api, asked, "reject-violation")
    house.run()

    assert allowed(house.api, ADVERTISING)[0] is True
    assert [event["data"].get("request") for event in receiver.events] == [None, asked["id"], asked["id"]]
    assert all("purposes" not in event["data"] for event in receiver.events[1:])


def test_the_end_of_a_term_lets_systems_ask_again(
    database_url: str, tmp_path: Path, clock: MovableClock, receiver: Hook
) -> None:
    with app_on(database_url, tmp_path, clock, **LABORATORY) as app:
        house = House(app, clock, client_of(app, "acme"))
        house.subscribe(receiver.url, "permission.changed")
        body = consent(
            "newsletter-consent", choices=[{"purpose": "survey", "granted": True}], declarations={"adult": True}
        )
        house.api.post("/consents", body)
        house.run()
        clock.set(datetime(2027, 2, 23, 19, 0, tzinfo=UTC))
        work(app)
        house.run()

    assert receiver.types == ["permission.changed"] * 2


def test_what_was_rolled_back_is_told_to_nobody(house: House, receiver: Hook) -> None:
    house.subscribe(receiver.url, *EVERYTHING)

    def fail_after_announcing() -> None:
        with house.app.app_context(), services().write(ACTOR) as unbound:
            uow = unbound.for_operator(seed_policies.number(unbound, "uof"))
            announce(uow, Kind.CONSENT_GIVEN, UUID(int=1), consent=UUID(int=2))
            assert uow.session.scalar(text("SELECT count(*) FROM webhook_deliveries")) == 1
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_after_announcing()

    assert house.rows("SELECT count(*) FROM webhook_deliveries") == [(0,)]


def test_recording_takes_no_statement_more_where_no_webhook_wants_it(house: House, receiver: Hook) -> None:
    def statements(ref: str) -> int:
        with counted(house.app) as sent:
            assert house.api.post("/consents", consent(subject={"ref": ref})).status_code == 201
        return len(sent)

    statements("warms-what-a-process-keeps")
    before = statements("a")
    webhook_id, _ = house.subscribe(receiver.url, "erasure.done")
    with_another = statements("b")
    house.subscribe(receiver.url, "consent.given")
    wanted = statements("c")
    house.api.post(f"/webhooks/{webhook_id}/disable")

    assert with_another == before <= 11
    assert before < wanted <= before + 3


def test_several_addresses_get_the_same_event_under_ids_of_their_own(house: House) -> None:
    with ExitStack() as stack:
        hooks = [stack.enter_context(hook()) for _ in range(3)]
        for one in hooks:
            house.subscribe(one.url, "consent.given")
        house.api.post("/consents", consent())
        assert house.run().done == 3

    assert [one.types for one in hooks] == [["consent.given"]] * 3
    assert len({one.ids[0] for one in hooks}) == 3


@given(st.timedeltas(timedelta(), timedelta(days=60)), st.floats(0, 1))
def test_pauses_grow_with_the_wait_and_keep_their_bounds(waited: timedelta, chance: float) -> None:
    found = pause(waited, LONGEST_PAUSE, chance)

    assert FIRST_PAUSE * 0.8 <= found <= LONGEST_PAUSE * 1.2
    assert pause(waited + timedelta(hours=1), LONGEST_PAUSE, chance) >= found


def test_only_success_is_a_delivery_and_few_answers_are_final() -> None:
    verdicts = {code: verdict(code) for code in range(100, 600)}

    assert {code for code, found in verdicts.items() if found is Verdict.TAKEN} == set(range(200, 300))
    assert {code for code, found in verdicts.items() if found is Verdict.REFUSED} == {400, 413, 415, 422}
    assert [code for code, found in verdicts.items() if found is Verdict.GONE] == [410]
