"""What browsers are told to show, and the tokens that they get for what was ticked."""

import base64
import json
from collections.abc import Callable
from datetime import date
from typing import Any

import orjson
import pytest
from flask import Flask
from sqlalchemy import event, text

from consent_service.database import db
from consent_service.forms.rules import LIMIT, Box, BoxKind
from consent_service.forms.tokens import KIND
from consent_service.jobs.runner import find_job, run_now
from consent_service.kernel.signing import signed_by
from consent_service.services import services
from tests.browsers import ADVERTISING, DOCUMENT, RESEARCH, Page, enter
from tests.changes import NEXT, publish
from tests.integration.conftest import Api, MovableClock

Client = Callable[[str], Api]
BOXES = (
    Box("online-payments", None, BoxKind.INFORMATION, required=True),
    Box(DOCUMENT, "service_quality_research", BoxKind.CONSENT, required=True),
    Box(DOCUMENT, "targeted_advertising", BoxKind.CONSENT, required=False),
)


@pytest.fixture
def page(app: Flask) -> Page:
    return enter(app, "sign-up", BOXES)


def header_of(token: str) -> Any:  # Any: JSON
    return json.loads(base64.urlsafe_b64decode(token.partition(".")[0] + "=="))


def claims_of(token: str) -> Any:  # Any: JSON
    return json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))


def rows(app: Flask, query: str) -> list[Any]:  # Any: result rows
    with app.app_context(), db.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_a_page_is_told_documents_boxes_and_words_in_its_language(page: Page, api: Client, language: str) -> None:
    page.language = language

    shown = page.ask().json

    assert (shown["form"], shown["edition"], shown["language"]) == ("sign-up", 1, language)
    agreement = api("uof").get(f"/documents/uof/{DOCUMENT}/versions/2026-01-01", lang=language).json["text"]
    document = next(one for one in shown["documents"] if one["document"] == DOCUMENT)
    assert document["sha256"] == agreement["sha256"]
    assert document["url"].endswith(f"/p/uof/{DOCUMENT}/2026-01-01?lang={language}")
    assert [(box["box"], box["kind"], box["required"]) for box in shown["boxes"]] == [
        ("online-payments", "information", True), (RESEARCH, "consent", True), (ADVERTISING, "consent", False)
    ]  # fmt: skip
    assert all(box["label"] and "{" not in box["label"] for box in shown["boxes"])
    assert all(shown["words"].values())


def test_it_is_answered_from_memory_and_not_sent_again_while_nothing_changed(
    page: Page, app: Flask, clock: MovableClock
) -> None:
    first = page.ask()
    said: list[str] = []
    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", lambda *what: said.append(what[2]))
    again = page.ask()
    conditional = page.ask(**{"If-None-Match": first.headers["ETag"]})

    assert said == []
    clock.move(seconds=10)
    assert page.ask().data == again.data == first.data
    assert said != []
    assert (conditional.status_code, conditional.data) == (304, b"")
    assert conditional.headers["Access-Control-Allow-Origin"] == page.origin
    assert first.headers["Cache-Control"] == "no-cache"


def test_only_pages_of_the_site_may_read_it(page: Page, app: Flask) -> None:
    own, none = page.ask(), Page(app, page.site_key, page.form, None).ask()
    foreign = Page(app, page.site_key, page.form, "https://evil.example").ask()

    assert (own.status_code, own.headers["Access-Control-Allow-Origin"]) == (200, page.origin)
    assert (none.status_code, "Access-Control-Allow-Origin" in none.headers) == (200, False)
    assert (foreign.status_code, foreign.json["code"]) == (403, "origin-not-allowed")
    for answer in (own, none, foreign):
        assert "Origin" in answer.vary
        assert answer.headers.get("Access-Control-Allow-Credentials") is None


def test_a_token_says_what_was_displayed_and_ticked_under_a_published_key(
    page: Page, app: Flask, clock: MovableClock
) -> None:
    displayed = page.displayed("online-payments", RESEARCH)

    given = page.send(displayed)

    assert given.status_code == 201
    assert (given.json["expires_at"], given.json["expires_in"]) == ("2026-11-23T06:00:00Z", 3600)
    with app.app_context():
        claims = orjson.loads(signed_by(given.json["token"], KIND, [services().keys.signer.public.receipts]))
    assert {name: claims[name] for name in displayed} == displayed
    assert (claims["aud"], claims["iat"], claims["nonce"]) == (page.site_key, int(clock.now.timestamp()), page.nonce)
    assert claims["iss"] == "http://127.0.0.1:8000"
    assert len(given.json["token"]) < 2048
    published = {key["kid"] for key in app.test_client().get("/.well-known/jwks.json").get_json()["keys"]}
    assert header_of(given.json["token"])["kid"] in published


def test_plain_text_needs_no_question_beforehand_and_json_gets_its_answer(page: Page, app: Flask) -> None:
    path = f"/api/v1/sites/{page.site_key}/intents"
    body = json.dumps(page.displayed("online-payments", RESEARCH) | {"nonce": page.nonce})

    plain = app.test_client().post(path, data=body, content_type="text/plain", headers={"Origin": str(page.origin)})
    asked = app.test_client().options(
        path, headers={"Origin": str(page.origin), "Access-Control-Request-Method": "POST"}
    )
    foreign = app.test_client().options(path, headers={"Origin": "https://evil.example"})

    assert plain.status_code == 201
    assert asked.status_code == 204
    assert asked.headers["Access-Control-Allow-Headers"] == "Content-Type"
    assert "Access-Control-Allow-Origin" not in foreign.headers


def test_wrong_ones_get_no_token_and_the_reason_can_be_read_by_the_page(page: Page, app: Flask) -> None:
    good = page.displayed("online-payments", RESEARCH)
    other_text = [good["documents"][0], good["documents"][1] | {"sha256": "0" * 64}]
    other_version = [good["documents"][0], good["documents"][1] | {"version": "2025-01-01"}]
    answers = good["answers"]
    cases = [
        (good | {"documents": other_text}, 409, "version-changed"),
        (good | {"documents": other_version}, 404, "not-found"),
        (good | {"documents": good["documents"][:1]}, 422, "invalid-input"),
        (good | {"edition": 2}, 404, "not-found"),
        (good | {"form": "other"}, 404, "not-found"),
        (good | {"answers": answers | {RESEARCH: False}}, 422, "invalid-input"),
        (good | {"answers": {RESEARCH: True}}, 422, "invalid-input"),
        (good | {"answers": answers | {"x": True}}, 422, "invalid-input"),
        (good | {"language": "de"}, 422, "invalid-input"),
        (good | {"email": "a@example.kz"}, 422, "invalid-input"),
        (good | {"nonce": "short"}, 422, "invalid-input"),
    ]

    for body, status, code in cases:
        refused = page.send(body)
        assert (refused.status_code, refused.json["code"]) == (status, code), refused.json
        assert refused.headers["Access-Control-Allow-Origin"] == page.origin
        assert "a@example.kz" not in refused.text
    for origin in ("https://evil.example", None, "null"):
        refused = Page(app, page.site_key, page.form, origin).send(good)
        assert (refused.status_code, refused.json["code"]) == (403, "origin-not-allowed")
    assert Page(app, "site_" + "A" * 16).ask().status_code == 404
    assert rows(app, "SELECT * FROM intents") == []


def test_a_text_that_was_in_force_within_the_hour_gets_a_token_and_an_older_one_none(
    page: Page, app: Flask, clock: MovableClock
) -> None:
    displayed = page.displayed("online-payments", RESEARCH)
    publish(app, "uof", DOCUMENT, date(2026, 11, 24))
    clock.set(clock.now.replace(hour=19, minute=30))  # 00:30 of the day in Almaty

    assert page.send(displayed).status_code == 201
    clock.move(minutes=31)
    refused = page.send(displayed)

    assert (refused.status_code, refused.json["code"]) == (409, "version-changed")
    assert page.displayed()["documents"][1]["version"] == NEXT


def test_a_form_that_asks_other_things_now_is_taken_for_an_hour(page: Page, app: Flask, clock: MovableClock) -> None:
    displayed = page.displayed("online-payments", RESEARCH)
    clock.move(minutes=5)
    enter(app, "sign-up", BOXES[1:])
    clock.move(minutes=59)

    assert page.send(displayed).status_code == 201
    clock.move(minutes=1)
    assert page.send(displayed).json["code"] == "version-changed"


def test_a_network_gets_its_share_and_others_theirs(page: Page, app: Flask, clock: MovableClock) -> None:
    displayed = page.displayed("online-payments", RESEARCH)
    assert page.send(displayed).status_code == 201
    with app.app_context(), db.engine.begin() as connection:  # the others of the same network, a row each
        connection.execute(
            text(
                "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < :more) "
                "INSERT INTO intents SELECT operator_id, " + _new_id(app) + ", site_id, form_id, nonce, network, "
                "created_at, burned_at FROM intents, n"
            ),
            {"more": LIMIT - 1},
        )

    full = page.send(displayed)
    page.address = "203.0.113.250"
    neighbour = page.send(displayed)
    page.address = "198.51.100.7"
    other = page.send(displayed)
    clock.move(minutes=5)
    page.address = "203.0.113.7"
    later = page.send(displayed)

    assert (full.status_code, full.json["code"], full.headers["Retry-After"]) == (429, "too-many-requests", "5")
    assert (neighbour.status_code, other.status_code) == (429, 201)
    assert later.status_code == 201
    assert not any(b"203.0.113" in bytes(str(row), "utf-8") for row in rows(app, "SELECT * FROM intents"))


def test_the_page_s_address_is_in_the_token_alone_and_not_where_it_names_somebody(page: Page, app: Flask) -> None:
    displayed = page.displayed("online-payments", RESEARCH)

    named = page.send(displayed | {"page": "https://www.uof.kz/u/aizhan@example.kz", "script": "1.0.0"}).json["token"]
    plain = page.send(displayed | {"page": "https://www.uof.kz/sign-up"}).json["token"]

    assert [(claims_of(one)["page"], claims_of(one)["script"]) for one in (named, plain)] == [
        (None, "1.0.0"), ("https://www.uof.kz/sign-up", None)
    ]  # fmt: skip
    assert "sign-up" not in str(rows(app, "SELECT * FROM intents"))


def test_intents_are_forgotten_when_their_tokens_cannot_be_confirmed_any_more(
    page: Page, app: Flask, clock: MovableClock
) -> None:
    page.token("online-payments", RESEARCH)
    for hours, left in ((72, 1), (2, 0)):
        clock.move(hours=hours)
        with app.app_context():
            assert run_now(services(), find_job("housekeeping")).failed == 0
        assert len(rows(app, "SELECT id FROM intents")) == left


def _new_id(app: Flask) -> str:
    with app.app_context():
        return "gen_random_uuid()" if db.engine.dialect.name == "postgresql" else "lower(hex(randomblob(16)))"
