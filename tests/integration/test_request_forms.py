"""Requests and withdrawals through the public forms: one question a page, dated, followed, without a script."""

import io
import re
from datetime import date

import pytest
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import text

from consent_service.database import db
from consent_service.subject_requests.states import RequestType
from tests.factories import consent
from tests.integration.conftest import Api, MovableClock, client_of
from tests.integration.test_consents import ADVERTISING, allowed
from tests.integration.test_subject_requests import PERSON
from tests.integration.test_withdrawals import work
from tests.mail import Inbox
from tests.visitors import CONTACT, EMAIL, Visitor, code_in, words_of


def known(app: Flask, slug: str = "uof") -> Api:
    client = client_of(app, slug)
    assert client.post("/consents", consent(subject=PERSON)).status_code == 201
    return client


def counts(app: Flask) -> dict[str, int | None]:
    with app.app_context(), db.engine.connect() as connection:
        return {
            table.name: connection.execute(text(f"SELECT count(*) FROM {table.name}")).scalar()
            for table in db.metadata.sorted_tables
        }


def test_every_kind_of_request_is_received_dated_and_followed(app: Flask, clock: MovableClock) -> None:
    visitor, uof = Visitor(app), client_of(app, "uof")
    for kind in RequestType:
        visitor.begin(kind).fill_in()
        clock.move(seconds=10)
        review = words_of(visitor.page("review"))
        sent = visitor.send()
        number, link = visitor.receipt()

        assert sent.headers["Location"].endswith("/done")
        stored = uof.get(f"/subject-requests/{number}").json
        assert (stored["type"], stored["channel"], stored["state"]) == (kind, "form", "received")
        assert stored["language"] == "en"
        followed = words_of(visitor.get(link))
        assert stored["duties"]
        for duty in stored["duties"]:
            said = date.fromisoformat(duty["due_on"]).strftime("%d.%m.%Y")
            assert said in followed
            assert kind is RequestType.WITHDRAWAL or said in review
        assert number in followed


def test_questions_come_one_by_one_and_a_change_leads_back_to_the_review(app: Flask) -> None:
    visitor = Visitor(app).begin("correction")
    order = []
    at = visitor.get(f"{visitor.place}/onward").headers["Location"].rpartition("/")[2]
    while at != "review":
        order.append(at)
        page = visitor.page(at)
        assert page.headers["Cache-Control"] == "no-store"
        assert len(re.findall(r"<h1", page.text)) == 1
        given = {
            "document": {"document": "none"},
            "words": {"text": "The name is wrong."},
            "who": {"who": "self"},
            "files": {"act": "onward"},
            "contact": CONTACT,
        }[at]
        at = visitor.answer(at, **given)

    assert order == ["document", "words", "who", "files", "contact"]
    assert visitor.answer("words", text="The name is Айжан.") == "review"
    assert "The name is Айжан." in words_of(visitor.page("review"))
    assert "The name is wrong." not in words_of(visitor.page("review"))


def test_a_withdrawal_shows_its_dates_before_the_last_click_and_takes_no_more_than_five_questions(
    mailed: tuple[Inbox, Flask], clock: MovableClock
) -> None:
    inbox, app = mailed
    uof = known(app)
    visitor = Visitor(app).begin("withdrawal")

    visitor.fill_in(document={"document": "personal-data-agreement"}, code={"act": "without"})
    review = words_of(visitor.page("review"))

    assert "Takes effect 03.12.2026" in review
    assert "Data destroyed by 04.12.2026" in review
    assert allowed(uof, ADVERTISING) == (True, "active")
    assert len(inbox.received) == 0


def test_who_answers_the_code_withdraws_at_once_by_the_document_s_rule(
    mailed: tuple[Inbox, Flask], clock: MovableClock
) -> None:
    inbox, app = mailed
    uof = known(app)
    visitor = Visitor(app).begin("withdrawal")
    for step, given in (("document", {"document": "all"}), ("who", {"who": "self"}), ("contact", CONTACT)):
        visitor.answer(step, **given)
    code = visitor.ask_code(inbox, clock)
    assert visitor.answer("code", act="compare", code=code) == "review"
    visitor.send()
    number, link = visitor.receipt()

    assert allowed(uof, ADVERTISING) == (True, "withdrawal_takes_effect")
    asked = uof.get(f"/subject-requests/{number}").json
    assert (asked["state"], asked["identity"]) == ("answered", "email_code")
    assert {duty["state"] for duty in asked["duties"]} == {"cancelled"}
    made = asked["clock_log"][-1]["facts"]["withdrawal"]
    withdrawal = uof.get(f"/withdrawals/{made}").json
    assert (withdrawal["effective_on"], withdrawal["channel"]) == ("2026-12-03", "form")
    assert "03.12.2026" in words_of(visitor.get(link))
    clock.move(minutes=1)
    work(app)
    (mail,) = [one for one in inbox.received if link in one.get_payload(decode=True).decode()]  # type: ignore[union-attr]  # a text part
    assert mail["X-To"] == EMAIL
    assert uof.get(f"/subject-requests/{number}").json["state"] == "closed"


def test_only_some_purposes_can_be_withdrawn(mailed: tuple[Inbox, Flask], clock: MovableClock) -> None:
    inbox, app = mailed
    fiveqbe = client_of(app, "5qbe")
    purposes = [
        one["code"] for one in fiveqbe.get("/documents/5qbe/privacy-policy/versions").json["items"][0]["purposes"]
    ]
    choices = [{"purpose": code, "granted": True} for code in purposes]
    fiveqbe.post("/consents", consent("privacy-policy", subject=PERSON, act="ticked", choices=choices))
    visitor = Visitor(app, "5qbe").begin("withdrawal")
    visitor.answer("purposes", extent="some", purposes=[purposes[0]])
    visitor.answer("who", who="self")
    visitor.answer("contact", **CONTACT)
    visitor.answer("code", act="compare", code=visitor.ask_code(inbox, clock))
    visitor.send()
    number, _ = visitor.receipt()

    made = fiveqbe.get(f"/subject-requests/{number}").json["clock_log"][-1]["facts"]["withdrawal"]
    assert fiveqbe.get(f"/withdrawals/{made}").json["purposes"] == [purposes[0]]


def test_a_withdrawal_without_a_code_waits_for_its_person_while_its_dates_run(
    mailed: tuple[Inbox, Flask], clock: MovableClock
) -> None:
    inbox, app = mailed
    uof = known(app)
    visitor = Visitor(app).begin("withdrawal")
    visitor.fill_in()
    visitor.send()
    number, link = visitor.receipt()
    received = uof.get(f"/subject-requests/{number}").json
    assert (received["state"], received["duties"][0]["due_on"]) == ("received", "2026-12-14")
    assert allowed(uof, ADVERTISING) == (True, "active")

    clock.move(days=2)
    visitor.post(link, act="send")
    work(app)
    wrong = visitor.post(link, act="compare", code="1")
    assert (wrong.status_code, "wrong or no longer good" in words_of(wrong)) == (422, True)
    visitor.post(link, act="compare", code=code_in(inbox))

    made = uof.get(f"/subject-requests/{number}").json["clock_log"][-1]["facts"]["withdrawal"]
    withdrawal = uof.get(f"/withdrawals/{made}").json
    assert (withdrawal["received_on"], withdrawal["effective_on"]) == ("2026-11-23", "2026-12-03")


def test_what_was_consented_to_after_the_receipt_stands(mailed: tuple[Inbox, Flask], clock: MovableClock) -> None:
    _inbox, app = mailed
    uof = known(app)
    visitor = Visitor(app).begin("withdrawal")
    visitor.fill_in()
    visitor.send()
    number, _ = visitor.receipt()
    clock.move(days=1)
    uof.post("/consents", consent(subject=PERSON))

    verified = uof.post(f"/subject-requests/{number}/verify", {"method": "by_hand"})

    assert (verified.status_code, verified.json["state"]) == (200, "in_progress")
    assert allowed(uof, ADVERTISING) == (True, "active")


def test_94_v_8_1_a_representative_is_named_and_nobody_is_taken_at_their_word(
    mailed: tuple[Inbox, Flask], clock: MovableClock
) -> None:
    inbox, app = mailed
    uof = known(app)
    visitor = Visitor(app).begin("withdrawal")
    visitor.answer("document", document="all")
    assert visitor.answer("who", who="child") == "representative"
    refused = visitor.post(f"{visitor.place}/representative", name="", role="king", basis="")
    assert refused.status_code == 422
    assert visitor.answer("representative", name="Сапар Сапаров", role="parent", basis="birth entry") == "files"
    visitor.answer("files", act="onward")
    visitor.answer("contact", **CONTACT)
    visitor.answer("code", act="compare", code=visitor.ask_code(inbox, clock))
    visitor.send()
    number, _ = visitor.receipt()

    assert uof.get(f"/subject-requests/{number}").json["state"] == "received"
    uof.post(f"/subject-requests/{number}/verify", {"method": "by_hand"})
    made = uof.get(f"/subject-requests/{number}").json["clock_log"][-1]["facts"]["withdrawal"]
    assert uof.get(f"/withdrawals/{made}").json["acting"] == {"by": "representative", "age": "under_14"}


def test_who_proves_the_address_is_found_whatever_else_was_written(
    mailed: tuple[Inbox, Flask], clock: MovableClock
) -> None:
    inbox, app = mailed
    uof = known(app)
    visitor = Visitor(app).begin("access")
    visitor.answer("document", document="none")
    visitor.answer("words", text="")
    visitor.answer("who", who="self")
    visitor.answer("contact", **(CONTACT | {"phone": "+7 701 999 88 77", "full_name": "Another Name"}))
    visitor.answer("code", act="compare", code=visitor.ask_code(inbox, clock))
    visitor.send()
    number, _ = visitor.receipt()

    package = uof.get(f"/subject-requests/{number}/package").json
    assert {row["value"] for row in package["identifiers"]} == {"person-1", EMAIL, "+77011234567", "Айжан Сапарова"}


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_the_printed_letter_holds_what_was_typed_and_nothing_of_it_is_kept(app: Flask, language: str) -> None:
    visitor = Visitor(app, language=language)
    with app.app_context(), db.engine.connect() as connection:
        before = {
            t.name: connection.execute(text(f"SELECT count(*) FROM {t.name}")).scalar()
            for t in db.metadata.sorted_tables
        }

    page = visitor.get("/r/uof/letter")
    printed_in = "ru" if language == "en" else language
    letter = visitor.post(
        "/r/uof/letter", document="personal-data-agreement", name="Айжан Сапарова", address="Алматы, Абай 1",
        reach=EMAIL, printed_in=printed_in,
    )  # fmt: skip

    assert "Z05T3C9" in page.text
    assert (letter.mimetype, letter.headers["Cache-Control"]) == ("application/pdf", "no-store")
    words = " ".join(" ".join(one.extract_text() for one in PdfReader(io.BytesIO(letter.data)).pages).split())
    for typed in ("Айжан Сапарова", "Алматы, Абай 1", EMAIL, "Z05T3C9", "Z05T3F6", "94-V"):
        assert typed in words, typed
    assert {"kk": "кері қайтарып аламын", "ru": "отзываю своё согласие"}[printed_in] in words
    with app.app_context(), db.engine.connect() as connection:
        after = {
            t.name: connection.execute(text(f"SELECT count(*) FROM {t.name}")).scalar()
            for t in db.metadata.sorted_tables
        }
    assert after == before


def test_a_withdrawal_that_was_filled_in_becomes_a_letter_and_is_forgotten(app: Flask) -> None:
    visitor = Visitor(app).begin("withdrawal")
    assert visitor.post(f"{visitor.place}/letter", printed_in="kk").headers["Location"].endswith("/document")
    visitor.fill_in(who={"who": "child"}, document={"document": "personal-data-agreement"})

    letter = visitor.post(f"{visitor.place}/letter", printed_in="kk")

    words = " ".join(" ".join(one.extract_text() for one in PdfReader(io.BytesIO(letter.data)).pages).split())
    for typed in ("Айжан Сапарова", EMAIL, "Сапар Сапаров", "Z05T3C9"):
        assert typed in words
    assert counts(app)["form_drafts"] == 0
    assert counts(app)["subject_requests"] == 0
    assert visitor.page("review").status_code == 404


def test_a_letter_says_where_no_address_is_known_and_refuses_what_is_missing(app: Flask) -> None:
    visitor = Visitor(app, "qlever")

    assert "print no postal address" in words_of(visitor.get("/r/qlever/letter"))
    empty = visitor.post("/r/qlever/letter", printed_in="de", name="")
    assert empty.status_code == 422
    assert "Fill in this field." in words_of(empty)
    assert visitor.post("/r/qlever/letter", printed_in="kk", name="Айжан").mimetype == "application/pdf"
