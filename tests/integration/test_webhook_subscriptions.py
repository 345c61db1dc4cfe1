"""Naming addresses and keeping them: what is refused, secrets that turn, tenants apart, the ledger."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from consent_service.operators.queries import subscribed_kinds
from consent_service.services import services
from consent_service.webhooks.states import KINDS
from tests.databases import app_on
from tests.factories import consent, seed_policies
from tests.hooks import Hook, House, hook, house_on
from tests.integration.conftest import ACTOR, MovableClock, client_of

EVERYTHING = [str(kind) for kind in KINDS]


@pytest.fixture
def receiver() -> Iterator[Hook]:
    with hook() as made:
        yield made


@pytest.fixture
def house(database_url: str, tmp_path: Path, clock: MovableClock) -> Iterator[House]:
    with house_on(database_url, tmp_path, clock, client_of) as made:
        yield made


def test_an_operator_is_told_of_its_own_people_alone_and_sees_its_own_webhooks_alone(
    house: House, receiver: Hook
) -> None:
    webhook_id, _ = house.subscribe(receiver.url, *EVERYTHING)
    dar = client_of(house.app, "dar")
    delivery = house.api.post(f"/webhooks/{webhook_id}/test").json["id"]
    assert house.run().done == 1

    purpose = dar.get("/documents/dar/privacy-policy/versions").json["items"][0]["purposes"][0]["code"]
    answered = dar.post("/consents", consent("privacy-policy", choices=[{"purpose": purpose, "granted": True}]))
    assert answered.status_code == 201
    assert house.run().done == 0

    assert dar.get("/webhooks").json == {"items": []}
    here = f"/webhooks/{webhook_id}"
    assert {dar.get(path).status_code for path in (here, f"{here}/deliveries", f"{here}/deliveries/{delivery}")} == {
        404
    }
    deeds = ("secret", "disable", "enable", "test", "replay", f"deliveries/{delivery}/replay")
    assert {dar.post(f"{here}/{deed}").status_code for deed in deeds} == {404}


def test_while_a_secret_is_rotated_both_sign_and_after_that_the_new_one_alone(
    house: House, receiver: Hook, clock: MovableClock
) -> None:
    webhook_id, old = house.subscribe(receiver.url, "consent.given")
    turned = house.api.post(f"/webhooks/{webhook_id}/secret", {"overlap_hours": 24})
    assert turned.status_code == 201
    new = turned.json["secret"]
    assert house.webhook(webhook_id)["previous_secret_until"] == "2026-11-24T05:00:00Z"
    for _ in range(2):
        house.api.post(f"/webhooks/{webhook_id}/test")
        house.run()
        clock.move(hours=24)

    assert receiver.signed_by(new) == [True, True]
    assert receiver.signed_by(old) == [True, False]
    assert house.webhook(webhook_id)["previous_secret_until"] is None


def test_a_repeated_request_names_no_second_address_and_gives_the_same_secret(house: House, receiver: Hook) -> None:
    body = {"address": receiver.url, "events": ["consent.given"]}

    first, again = (house.api.post("/webhooks", body, Idempotency_Key="once") for _ in range(2))

    assert first.json == again.json
    assert len(house.api.get("/webhooks").json["items"]) == 1


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"address": "https://127.0.0.1/hook", "events": ["consent.given"]}, "address-refused"),
        ({"address": "http://example.kz/hook", "events": ["consent.given"]}, "address-refused"),
        ({"address": "https://example.kz:8443/hook", "events": ["consent.given"]}, "address-refused"),
        ({"address": "https://example.kz/hook", "events": []}, "invalid-input"),
        ({"address": "https://example.kz/hook", "events": ["webhook.test"]}, "invalid-input"),
        ({"address": "https://example.kz/hook"}, "invalid-input"),
    ],
)
def test_an_address_or_event_that_cannot_be_is_refused(
    database_url: str, tmp_path: Path, body: dict[str, object], code: str
) -> None:
    with app_on(database_url, tmp_path) as app:
        uof = client_of(app, "uof")
        answer = uof.post("/webhooks", body)

        assert (answer.status_code, answer.json["code"]) == (422, code)
        assert uof.get("/webhooks").json == {"items": []}


def test_an_address_of_a_laboratory_is_refused_when_the_setting_is_gone(
    database_url: str, tmp_path: Path, clock: MovableClock, receiver: Hook
) -> None:
    with house_on(database_url, tmp_path, clock, client_of) as house:
        webhook_id, _ = house.subscribe(receiver.url, "consent.given")
        house.api.post(f"/webhooks/{webhook_id}/test")
    with app_on(database_url, tmp_path, clock) as app:
        guarded = House(app, clock, client_of(app, "uof"))

        assert (guarded.run().failed, receiver.received) == (1, [])
        (delivery,) = guarded.deliveries(webhook_id)
        assert (delivery["state"], delivery["attempts"][0]["error"]) == ("owed", "address-refused")
        guarded.api.post(f"/webhooks/{webhook_id}/disable")
        assert guarded.api.post(f"/webhooks/{webhook_id}/enable").json["code"] == "address-refused"


def test_there_is_an_end_to_how_many_addresses_are_told(house: House) -> None:
    for number in range(20):
        house.subscribe(f"https://example.kz/{number}", "consent.given")

    body = {"address": "https://example.kz/more", "events": ["consent.given"]}
    assert house.api.post("/webhooks", body).status_code == 409


def test_what_is_done_to_a_webhook_stands_in_the_ledger_without_its_address(house: House, receiver: Hook) -> None:
    webhook_id, _ = house.subscribe(receiver.url, "consent.given")
    for deed in ("secret", "disable", "enable"):
        house.api.post(f"/webhooks/{webhook_id}/{deed}")

    events = house.rows("SELECT kind, body FROM ledger_events WHERE kind LIKE 'webhook_%' ORDER BY stream_seq")
    kinds = [kind for kind, _ in events]
    assert kinds == ["webhook_added", "webhook_secret_rotated", "webhook_disabled", "webhook_enabled"]
    assert all(webhook_id.encode() in bytes(body) and b"127.0.0.1" not in bytes(body) for _, body in events)


def test_what_is_told_in_all_is_what_the_active_webhooks_want(house: House) -> None:
    wants = [("consent.given",), ("consent.given", "erasure.done"), ("permission.changed",)]
    ids = [house.subscribe(f"https://example.kz/{number}", *events)[0] for number, events in enumerate(wants)]
    told = [_subscribed(house)]
    for deed, number in (("disable", 1), ("disable", 2), ("enable", 1), ("disable", 0)):
        assert house.api.post(f"/webhooks/{ids[number]}/{deed}").status_code == 200
        told.append(_subscribed(house))

    given, done, changed = "consent.given", "erasure.done", "permission.changed"
    assert told == [{given, done, changed}, {given, changed}, {given}, {given, done}, {given, done}]


def _subscribed(house: House) -> set[str]:
    with house.app.app_context(), services().read(ACTOR) as unbound:
        return set(subscribed_kinds(unbound.for_operator(seed_policies.number(unbound, "uof"))))
