"""The page of a person's own consents: opened for an hour, switched both ways alike, answered, taken along."""

import io
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest
from flask import Flask
from pypdf import PdfReader

from consent_service.database import db
from consent_service.operators.access import Scope
from consent_service.operators.service import create_credential
from consent_service.policies.terms import AppliesTo
from consent_service.services import services
from tests.changes import NEXT, PRIVACY, REFERRAL, agree, change_of, new_recipient, one_of, publish
from tests.factories import consent, seed_policies
from tests.integration.conftest import ACTOR, Api, MovableClock
from tests.integration.test_answers_that_rule import codes_of
from tests.integration.test_consents import ADVERTISING, allowed
from tests.integration.test_forms_once import rows
from tests.integration.test_planted_values import kept_in
from tests.integration.test_withdrawals import explicit_dar, work
from tests.own_page import OwnPage
from tests.visitors import words_of

Client = Callable[[str], Api]
PERSON = {"ref": "person-1", "identifiers": {"email": "aizhan@example.kz"}}
DOCUMENT = "/personal-data-agreement"
ONE = f"{DOCUMENT}/withdraw?purpose=targeted_advertising"
AGAIN = f"{DOCUMENT}/give?purpose=targeted_advertising"


@pytest.fixture
def uof(api: Client) -> Api:
    client = api("uof")
    assert client.post("/consents", consent(subject=PERSON)).status_code == 201
    return client


def kinds(app: Flask) -> list[str]:
    with app.app_context(), db.engine.connect() as connection:
        return list(connection.exec_driver_sql("SELECT kind FROM ledger_events").scalars())


def test_the_site_opens_the_page_of_its_person_for_an_hour_and_of_nobody_else(
    uof: Api, app: Flask, clock: MovableClock, caplog: pytest.LogCaptureFixture, tmp_path: Any
) -> None:
    caplog.set_level(logging.DEBUG)
    made = uof.post("/preference-links", {"subject": "person-1"})
    page = OwnPage(app, made.json["url"])
    token = page.home.removeprefix("/my/")

    answer = page.get()
    assert (answer.status_code, made.headers["Cache-Control"]) == (200, "no-store")
    assert (answer.headers["Cache-Control"], answer.headers["Referrer-Policy"]) == ("no-store", "no-referrer")
    assert kinds(app).count("preferences_linked") == 1
    kept = kept_in(app, tmp_path) | {"log": "\n".join(str(vars(one)) for one in caplog.records).encode()}
    assert [name for name, content in kept.items() if token.encode() in content] == []

    nobody = OwnPage(app, f"/my/{token[:-1]}{'A' if token[-1] != 'A' else 'B'}")
    other = OwnPage(app, f"/my/{int(token[0], 16) + 1:x}{token[1:]}")
    assert [one.get().status_code for one in (nobody, other, OwnPage(app, "/my/x"))] == [404, 404, 404]
    clock.move(minutes=59)
    assert page.get().status_code == 200
    clock.move(minutes=1)
    assert (page.get().status_code, words_of(page.get())) == (404, words_of(nobody.get()))
    assert page.browser.post(page.home + ONE).status_code == 404
    assert allowed(uof, ADVERTISING)[0]
    work(app)
    assert rows(app, "preference_links") == 0


def test_a_link_needs_the_scope_and_a_person_who_is_known(uof: Api, api: Client, app: Flask) -> None:
    with app.app_context(), services().write(ACTOR) as unbound:
        uow = unbound.for_operator(seed_policies.number(unbound, "uof"))
        _, secret = create_credential(uow, "without", [one for one in Scope if one is not Scope.PREFERENCES_OPEN])
    assert Api(app.test_client(), secret).post("/preference-links", {"subject": "person-1"}).status_code == 403
    assert uof.post("/preference-links", {"subject": "person-2"}).status_code == 404
    assert api("dar").post("/preference-links", {"subject": "person-1"}).status_code == 404
    assert uof.post("/preference-links", {"subject": "person-1", "more": 1}).status_code == 422
    assert uof.post("/preference-links", {}).status_code == 422


def test_a_page_that_was_closed_or_whose_person_was_erased_opens_nothing(
    uof: Api, app: Flask, clock: MovableClock
) -> None:
    closed, kept = OwnPage.of(app, uof), OwnPage.of(app, uof)
    assert closed.browser.post(f"{closed.home}/close").status_code == 200
    assert (closed.get().status_code, kept.get().status_code) == (404, 200)

    kept.press(f"{DOCUMENT}/withdraw")
    clock.move(days=60)
    assert OwnPage.of(app, uof).get().status_code == 200
    last = OwnPage.of(app, uof)
    assert work(app) == 0
    assert last.get().status_code == 404


def test_it_takes_two_clicks_to_withdraw_and_two_to_give_and_the_dates_come_before_the_last(
    uof: Api, app: Flask, clock: MovableClock
) -> None:
    page = OwnPage.of(app, uof)

    off, *_ = page.links("Withdraw : ")
    assert off == ONE
    before = page.words(off)
    assert "Takes effect 03.12.2026" in before
    assert "Data destroyed by 04.12.2026" in before
    assert allowed(uof, ADVERTISING) == (True, "active")
    after = page.press(off)
    assert "Your withdrawal is received." in after
    assert "Your data may still be used for this until 03.12.2026." in after
    assert allowed(uof, ADVERTISING) == (True, "withdrawal_takes_effect")
    (line,) = uof.get("/withdrawals").json["items"]
    withdrawal = uof.get(f"/withdrawals/{line['id']}").json
    assert (withdrawal["channel"], withdrawal["purposes"]) == ("platform", ["targeted_advertising"])

    assert AGAIN in page.links("Consent : ")
    assert "Which data" in page.words(AGAIN)
    clock.move(minutes=1)
    assert "Your consent is recorded." in page.press(AGAIN, version="2026-01-01")
    assert allowed(uof, ADVERTISING) == (True, "active")
    (latest, _) = uof.get("/consents", subject="person-1").json["items"]
    assert (latest["act"], latest["language"], latest["evidence_grade"]) == ("pressed", "en", "site_attested")
    assert kinds(app).count("consent_recorded") == 2


def test_what_is_posted_twice_is_done_once(uof: Api, app: Flask) -> None:
    page = OwnPage.of(app, uof)
    page.press(ONE)
    assert "Nothing was changed" in page.press(ONE)
    page.press(AGAIN, version="2026-01-01")
    assert "Nothing was changed" in page.press(AGAIN, version="2026-01-01")
    page.press(ONE)

    assert (rows(app, "withdrawals"), rows(app, "consents")) == (2, 2)
    assert "Nothing was changed" in page.press(AGAIN, version="2025-01-01")
    assert page.press(f"{DOCUMENT}/withdraw?purpose=nothing")
    assert page.browser.post(f"{page.home}/nothing/withdraw").status_code == 404


def test_two_windows_that_withdraw_at_once_withdraw_once(uof: Api, app: Flask) -> None:
    pages = [OwnPage.of(app, uof) for _ in range(4)]
    with ThreadPoolExecutor(4) as together:
        said = list(together.map(lambda page: page.browser.post(page.home + ONE).headers["Location"], pages))

    assert sorted(one.rpartition("=")[2] for one in said) == ["moved-on", "moved-on", "moved-on", "withdrawn"]
    assert rows(app, "withdrawals") == 1


def test_dar_2_10_a_withdrawal_is_taken_back_where_the_document_says_so_and_by_its_person_alone(
    api: Client, app: Flask, clock: MovableClock
) -> None:
    dar = api("dar")
    purpose = explicit_dar(dar)
    choices = [{"purpose": purpose, "granted": True}]
    page = OwnPage.of(app, dar)
    page.press(f"/privacy-policy/withdraw?purpose={purpose}")
    (withdrawal,) = dar.get("/withdrawals").json["items"]
    way = f"/withdrawals/{withdrawal['id']}/take-back"
    assert "You can take it back until" in page.words()
    dar.post("/consents", consent("privacy-policy", subject={"ref": "person-2"}, choices=choices))
    stranger = OwnPage.of(app, dar, "person-2")

    assert stranger.browser.post(stranger.home + way).status_code == 404
    assert "your consent stands again" in page.press(way)
    assert allowed(dar, f"privacy-policy#{purpose}")[0]
    assert "your consent stands again" in page.press(way)
    assert kinds(app).count("withdrawal_cancelled") == 1


def test_where_the_document_gives_no_right_to_take_back_none_is_offered(uof: Api, app: Flask) -> None:
    page = OwnPage.of(app, uof)
    page.press(ONE)
    (withdrawal,) = uof.get("/withdrawals").json["items"]

    assert "Take it back" not in page.words()
    assert "Nothing was changed" in page.press(f"/withdrawals/{withdrawal['id']}/take-back")


def test_a_new_version_shows_what_changed_since_the_person_s_own_and_asks_again(
    api: Client, app: Flask, clock: MovableClock
) -> None:
    fiveqbe = api("5qbe")
    agree(fiveqbe, "5qbe", PRIVACY, act="ticked")
    clock.move(days=1)
    publish(app, "5qbe", PRIVACY, date(2026, 11, 25), alter=new_recipient)
    clock.move(days=5)
    work(app)
    page = OwnPage.of(app, fiveqbe)
    change = f"/{PRIVACY}/versions/{NEXT}"
    codes = codes_of(fiveqbe, "5qbe", PRIVACY)

    first = page.words()
    assert "It holds for you only if you accept it." in first
    assert "New recipient: A new partner" in first
    assert page.links("Look at it and answer") == [change]
    shown = page.words(change)
    assert "New recipient: A new partner" in shown
    assert "Compare it with your version 2026-01-01" in shown
    assert "Choose one." in page.refused(f"{change}/accept", **{f"purpose-{codes[0]}": "yes"})
    answers = dict.fromkeys((f"purpose-{code}" for code in codes), "yes") | {f"purpose-{codes[-1]}": "no"}
    page.press(f"{change}/accept", **answers)
    after = page.press(f"{change}/accept", **answers)

    assert "It holds for you only" not in after
    assert rows(app, "consents") == 2
    assert allowed(fiveqbe, f"{PRIVACY}#{codes[0]}")[0]
    assert not allowed(fiveqbe, f"{PRIVACY}#{codes[-1]}")[0]
    clock.move(minutes=10)
    work(app)
    assert (one_of(fiveqbe, PRIVACY)["version"], one_of(fiveqbe, PRIVACY)["how"]) == (NEXT, "explicit")


def test_a_switch_that_would_be_turned_on_under_a_newer_version_leads_to_what_changed(
    api: Client, app: Flask, clock: MovableClock
) -> None:
    fiveqbe = api("5qbe")
    first, *others = codes_of(fiveqbe, "5qbe", PRIVACY)
    choices = [{"purpose": first, "granted": True}, *({"purpose": one, "granted": False} for one in others)]
    fiveqbe.post("/consents", consent(PRIVACY, subject=PERSON, act="ticked", choices=choices))
    clock.move(days=1)
    publish(app, "5qbe", PRIVACY, date(2026, 11, 25), alter=new_recipient)
    clock.move(days=5)
    page = OwnPage.of(app, fiveqbe)

    led = page.get(f"/{PRIVACY}/give?purpose={others[0]}")

    assert led.headers["Location"].endswith(f"/{PRIVACY}/versions/{NEXT}")
    assert "Accept the version" in page.words(f"/{PRIVACY}/versions/{NEXT}")


def test_referral_8_3_an_objection_shows_that_the_agreement_ends_and_when_before_the_last_click(
    api: Client, app: Flask, clock: MovableClock
) -> None:
    worksection = api("worksection")
    agree(worksection, "worksection", REFERRAL)
    clock.move(days=1)
    publish(app, "worksection", REFERRAL, date(2026, 11, 25), change=AppliesTo.MINOR)
    work(app)
    page = OwnPage.of(app, worksection)
    change = f"/{REFERRAL}/versions/{NEXT}"

    assert "You can accept it from 25.11.2026 on." in page.words(change)
    before = page.words(f"{change}/object")
    assert "The document says that the agreement then ends. Clause 8.1, 8.2, 8.3" in before
    assert "Takes effect" in before
    after = page.press(f"{change}/object", text="I do not agree.")

    assert "Your objection is recorded." in after
    assert change_of(worksection, REFERRAL)["state"] == "objected"
    (ended,) = worksection.get("/withdrawals").json["items"]
    assert (ended["matter"], ended["channel"]) == ("agreement", "platform")
    assert "Nothing was changed" in page.press(f"{change}/object")


def test_who_may_not_accept_a_document_is_told_so_and_nothing_is_recorded(
    api: Client, app: Flask, clock: MovableClock
) -> None:
    worksection = api("worksection")
    agree(worksection, "worksection", REFERRAL)
    page = OwnPage.of(app, worksection)
    page.press(f"/{REFERRAL}/withdraw")
    clock.move(minutes=1)

    refused = page.refused(f"/{REFERRAL}/give", version="2023-06-07", stateless="1", other_programme="1")
    assert "The document lets nobody accept it who cannot say this." in refused
    assert rows(app, "consents") == 1
    page.press(f"/{REFERRAL}/give", version="2023-06-07", stateless="1", other_programme="1", under_18="1")
    (latest, _) = worksection.get("/consents", subject="person-1").json["items"]
    assert latest["declarations"] == {"adult": True, "stateless": False, "other_programme": False}


def test_receipts_and_the_texts_of_their_day_are_taken_along_and_nobody_else_s(
    uof: Api, app: Flask, clock: MovableClock
) -> None:
    page = OwnPage.of(app, uof)
    (text,) = page.links("version ")
    pdf, json = page.links("Receipt (PDF)")[0], page.links("Receipt (JSON)")[0]

    assert text == "/p/uof/personal-data-agreement/2026-01-01?lang=kk"
    assert page.browser.get(text).status_code == 200
    data = page.get(json)
    (kept,) = uof.get("/consents", subject="person-1").json["items"]
    assert data.get_json()["jwt"] == uof.get(f"/consents/{kept['id']}").json["receipt"]["jwt"]
    assert data.headers["Content-Disposition"].startswith("attachment")
    printed = page.get(pdf)
    assert "receipt.jwt" in PdfReader(io.BytesIO(printed.data)).attachments
    assert printed.headers["Cache-Control"] == "no-store"
    other = uof.post("/consents", consent(subject={"ref": "person-2"})).json["id"]
    assert page.get(f"/receipts/{other}.json").status_code == page.get(f"/receipts/{other}.pdf").status_code == 404


def test_requests_are_followed_and_what_somebody_else_wrote_in_a_person_s_name_is_not_shown(
    uof: Api, app: Flask
) -> None:
    asked = uof.post("/subject-requests", {"type": "access", "channel": "platform", "subject": "person-1"}).json
    claimed = uof.post(
        "/subject-requests",
        {"type": "complaint", "channel": "form", "identifiers": {"email": "aizhan@example.kz"}, "text": "secret words"},
    ).json
    uof.post(f"/subject-requests/{claimed['id']}/messages", {"direction": "from_person", "text": "secret words"})
    strange = uof.post("/consents", consent(subject={"ref": "person-2"}))
    assert strange.status_code == 201
    page = OwnPage.of(app, uof)

    own = f"/requests/{asked['id']}"
    assert sum(f'href="{page.home}{path}"' in page.get().text for path in (own, f"/requests/{claimed['id']}")) == 2
    assert asked["id"] in page.words(own)
    sent = page.browser.post(page.home + own, data={"act": "message", "text": "When?", "seen": "0"})
    assert sent.headers["Location"] == page.home + own
    assert "When?" in page.words(own)
    theirs = page.words(f"/requests/{claimed['id']}")
    assert ("secret words" in theirs, "Write a message" in theirs) == (False, False)
    assert OwnPage.of(app, uof, "person-2").get(own).status_code == 404
    empty = page.browser.post(page.home + own, data={"act": "message", "text": ""})
    assert (empty.status_code, "Fill in this field." in words_of(empty)) == (422, True)
