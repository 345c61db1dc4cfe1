"""Confirming a form: the token is used up, the person is bound, and each way to cheat or to be late has its own answer."""

import base64
import json
import threading
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask import Flask
from sqlalchemy import text

from consent_service.database import db
from consent_service.evidence.verifying import verify_evidence
from consent_service.forms.rules import Box, BoxKind
from consent_service.forms.tokens import KIND
from consent_service.jobs.signing_keys import turn_signing_key
from consent_service.kernel.signing import sign
from consent_service.kernel.uow import Actor
from consent_service.services import services
from consent_service.subjects.service import open_notes
from tests.browsers import ADVERTISING, RESEARCH, Page, bound, enter
from tests.changes import NEXT, publish
from tests.factories import consent
from tests.integration.conftest import Api, MovableClock
from tests.integration.test_consents import allowed, count
from tests.integration.test_intents import BOXES

Client = Callable[[str], Api]
PERSON = {"ref": "person-1", "identifiers": {"email": "canary@example.kz"}}
READ = "online-payments"


@pytest.fixture
def page(app: Flask) -> Page:
    return enter(app, "sign-up", BOXES)


def confirm(api: Api, token: str, **more: Any) -> Any:  # Any: JSON; Werkzeug's test answer
    headers = {name: more.pop(name) for name in ("Idempotency_Key",) if name in more}
    return api.post("/consents", {"token": token, "subject": PERSON} | more, **headers)


def altered(token: str, part: int = 1, **changes: Any) -> str:  # Any: JSON values
    """Return a token with claims (or, as part 0, its header) altered under the old signature."""
    parts = token.split(".")
    said = json.loads(base64.urlsafe_b64decode(parts[part] + "==")) | changes
    parts[part] = base64.urlsafe_b64encode(json.dumps(said).encode()).decode().rstrip("=")
    return ".".join(parts)


def test_a_confirmed_token_is_a_record_of_every_box_signed_by_the_form(page: Page, api: Client, app: Flask) -> None:
    uof = api("uof")

    made = confirm(uof, page.token(READ, RESEARCH))

    assert made.status_code == 201, made.json
    assert made.json["evidence_grade"] == "widget_signed"
    assert {one["purpose"]: one["state"] for one in made.json["choices"]} == {
        "service_quality_research": "active", "targeted_advertising": "declined"
    }  # fmt: skip
    assert [(one["document"], one["ticked"]) for one in made.json["informed"]] == [(READ, True)]
    came = {"site_key": page.site_key, "form": "sign-up", "edition": 1, "is_superseded": False}
    assert made.json["form"] == came
    assert made.json["further"] == []
    assert (made.json["act"], made.json["language"]) == ("ticked", "kk")
    assert uof.get(f"/consents/{made.json['id']}").json["form"] == came
    assert uof.get("/consents").json["items"][0]["form"] == came
    assert allowed(uof, "service_quality_research") == (True, "active")
    receipt = uof.get(f"/consents/{made.json['id']}/receipt.json").json
    assert receipt["event"]["evidence_grade"] == "widget_signed"


def test_the_record_keeps_the_words_that_stood_beside_the_boxes_and_the_ledger_holds_the_form(
    page: Page, api: Client, app: Flask
) -> None:
    labels = [box["label"] for box in page.ask().json["boxes"]]
    token = page.token(READ, RESEARCH, ADVERTISING)
    made = confirm(api("uof"), token).json

    with app.app_context(), services().snapshot(Actor("command", "test")) as unbound:
        uow = bound(unbound, "uof")
        subject = uow.session.execute(text("SELECT subject_id FROM consents")).scalar_one()
        notes = open_notes(uow, UUID(str(subject)), UUID(made["id"]))["evidence"]
        verdict = verify_evidence(unbound, services().settings.ledger_dir, lambda *_: None)
    assert [box["label"] for box in notes["boxes"]] == labels
    assert notes["token"] == token
    assert (verdict.found, verdict.records > 1) == (0, True)
    with app.app_context(), db.engine.connect() as connection:
        bodies = connection.execute(text("SELECT body FROM ledger_events WHERE kind = 'consent_recorded'")).scalars()
        facts = json.loads(bytes(bodies.one()))["facts"]
    assert facts["form"]["form"] == "sign-up"
    assert len(facts["form"]["token_sha256"]) == 64
    assert facts["form"]["informed"][0]["document"] == READ


def test_each_way_to_cheat_has_its_own_answer_and_records_nothing(
    page: Page, api: Client, app: Flask, clock: MovableClock
) -> None:
    uof, token = api("uof"), page.token(READ, RESEARCH)
    stranger = Ed25519PrivateKey.generate()
    claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    receipt = api("uof").post("/consents", consent()).json["receipt"]["jwt"]
    before = count(app, "consents")
    more = claims["answers"] | {ADVERTISING: True}
    cases: list[tuple[Api, str, dict[str, Any], str]] = [
        (uof, altered(token, answers=more), {}, "token-edited"),
        (uof, altered(token, exp=claims["exp"] + 3600), {}, "token-edited"),
        (uof, altered(token, 0, alg="none"), {}, "token-edited"),
        (uof, token[:-4] + "AAAA", {}, "token-edited"),
        (uof, sign(orjson.dumps(claims), KIND, stranger), {}, "token-unknown-key"),
        (uof, altered(token, 0, kid="0123456789abcdef"), {}, "token-unknown-key"),
        (uof, receipt, {}, "token-malformed"),
        (uof, "no token", {}, "token-malformed"),
        (uof, json.dumps(page.displayed(READ)), {}, "token-malformed"),
        (uof, token, {"form": "checkout"}, "token-other-form"),
        (uof, token, {"site_key": "site_" + "A" * 16}, "token-other-site"),
        (api("dar"), token, {}, "token-other-site"),
        (uof, token, {"received_at": "2026-11-23T05:01:01Z"}, "invalid-input"),
        (uof, token, {"received_at": "2026-11-23T04:58:00Z"}, "token-expired"),
        (uof, token, {"received_at": "2026-11-01T04:58:00Z"}, "invalid-input"),
    ]

    for client, text_, body, code in cases:
        refused = confirm(client, text_, **body)
        assert refused.json["code"] == code, (code, refused.json)
        assert "canary" not in refused.text
    assert count(app, "consents") == before
    assert confirm(uof, token, form="sign-up", site_key=page.site_key).status_code == 201  # none of it used it up


def test_a_token_is_for_one_use_and_a_repetition_gets_the_same_answer(page: Page, api: Client, app: Flask) -> None:
    uof, token = api("uof"), page.token(READ, RESEARCH)

    first = confirm(uof, token, Idempotency_Key="once")
    again = confirm(uof, token, Idempotency_Key="once")
    replayed = confirm(uof, token, Idempotency_Key="twice")
    other = confirm(uof, token, subject={"ref": "person-2"})

    assert (first.status_code, again.status_code, again.data) == (201, 201, first.data)
    for refused in (replayed, other):
        assert (refused.status_code, refused.json["code"]) == (409, "token-replayed")
    assert count(app, "consents") == 1


def test_of_many_who_confirm_one_token_at_once_one_goes_on(page: Page, api: Client, app: Flask) -> None:
    uof, token = api("uof"), page.token(READ, RESEARCH)
    codes: list[str] = []

    def send(number: int) -> None:
        client = Api(app.test_client(), uof.secret)
        codes.append(confirm(client, token, subject={"ref": f"person-{number}"}).json.get("code", "confirmed"))

    threads = [threading.Thread(target=send, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(codes) == ["confirmed", *["token-replayed"] * 7]
    assert count(app, "consents") == count(app, "subjects") == 1


@pytest.mark.parametrize(
    ("received", "confirmed", "answer"),
    [(59, 59, "confirmed"), (61, 61, "confirmed"), (62, 62, "token-expired"), (30, 72 * 60, "confirmed"),
     (30, 72 * 60 + 1, "token-expired"), (61.5, 600, "token-expired")],
)  # fmt: skip
def test_a_late_confirmation_counts_while_the_form_was_received_in_time(
    page: Page, api: Client, clock: MovableClock, received: float, confirmed: float, answer: str
) -> None:
    uof, token, begun = api("uof"), page.token(READ, RESEARCH), clock.now
    received_at = begun + timedelta(minutes=received)
    clock.set(begun + timedelta(minutes=confirmed))

    made = confirm(uof, token, received_at=received_at.isoformat())

    assert made.json.get("code", "confirmed") == answer
    if answer == "confirmed":
        assert made.json["given_at"] == received_at.isoformat().replace("+00:00", "Z")


def test_a_text_that_changed_between_display_and_sending_counts_as_displayed_and_is_marked(
    page: Page, api: Client, app: Flask, clock: MovableClock
) -> None:
    clock.set(clock.now.replace(hour=18, minute=50))  # ten minutes before the day in Almaty
    token = page.token(READ, RESEARCH)
    publish(app, "uof", "personal-data-agreement", date(2026, 11, 24))
    clock.move(minutes=20)

    made = confirm(api("uof"), token).json
    newer = confirm(api("uof"), page.token(READ, RESEARCH)).json

    assert (made["version"], made["form"]["is_superseded"]) == ("2026-01-01", True)
    assert (newer["version"], newer["form"]["is_superseded"]) == (NEXT, False)


def test_a_token_outlives_a_turn_of_the_signing_key(page: Page, api: Client, app: Flask) -> None:
    token = page.token(READ, RESEARCH)
    with app.app_context():
        turn_signing_key(services(), Actor("command", "test"))

    assert confirm(api("uof"), token).status_code == 201


def test_a_form_without_a_token_is_recorded_on_the_word_of_the_site(page: Page, api: Client) -> None:
    displayed = page.displayed(READ, RESEARCH) | {"site_key": page.site_key}

    made = api("uof").post("/consents", {"displayed": displayed, "subject": PERSON})

    assert made.status_code == 201, made.json
    assert made.json["evidence_grade"] == "site_attested"
    assert made.json["form"]["form"] == "sign-up"


@pytest.mark.parametrize(
    ("change", "code"),
    [({"edition": 7}, "not-found"), ({"form": "other"}, "not-found"), ({"site_key": "site_" + "A" * 16}, "not-found"),
     ({"answers": {}}, "invalid-input"), ({"answers": {RESEARCH: True, READ: True}}, "invalid-input"),
     ({"documents": []}, "invalid-input"), ({"language": "fr"}, "invalid-input")],
)  # fmt: skip
def test_what_no_form_displayed_is_not_recorded(
    page: Page, api: Client, app: Flask, change: dict[str, Any], code: str
) -> None:
    displayed = page.displayed(READ, RESEARCH) | {"site_key": page.site_key} | change

    refused = api("uof").post("/consents", {"displayed": displayed, "subject": PERSON})

    assert refused.json["code"] == code, refused.json
    assert count(app, "consents") == 0


def test_a_form_about_several_documents_is_one_act_and_a_consent_to_each(app: Flask, api: Client) -> None:
    page = enter(app, "both", [*BOXES, Box("terms-of-use", "use_site", BoxKind.CONSENT, required=True)])
    uof = api("uof")

    made = confirm(uof, page.token(READ, RESEARCH, "terms-of-use#use_site")).json

    assert [one["document"] for one in (made, *made["further"])] == [
        "uof/personal-data-agreement", "uof/terms-of-use"
    ]  # fmt: skip
    counted = next(one for one in uof.get("/forms/counts").json["items"] if one["form"] == "both")
    assert (counted["confirmed"], counted["unsigned"]) == (1, 0)


def test_how_many_saw_ticked_and_sent_is_counted_without_anybody(page: Page, api: Client, clock: MovableClock) -> None:
    uof = api("uof")
    token = page.token(READ, RESEARCH)  # seen once, ticked once
    page.send(page.displayed(READ, RESEARCH))  # the same display renewed its token
    confirm(uof, token)
    displayed = Page(page.app, page.site_key, "sign-up").displayed(READ, RESEARCH) | {"site_key": page.site_key}
    for _ in range(2):
        uof.post("/consents", {"displayed": displayed, "subject": PERSON})
    clock.move(minutes=1)
    page.ask()  # what was counted is written with the next that comes

    counted = next(one for one in uof.get("/forms/counts").json["items"] if one["form"] == "sign-up")

    assert {name: counted[name] for name in ("shown", "ticked", "confirmed", "unsigned", "unsigned_percent")} == {
        "shown": 4, "ticked": 1, "confirmed": 1, "unsigned": 2, "unsigned_percent": 67
    }  # fmt: skip
    assert uof.get("/forms/counts", **{"from": "2026-11-24"}).json["items"][0]["shown"] == 0
