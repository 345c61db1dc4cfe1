"""The act of destruction: issued when an order is done, numbered, signed, in the ledger, printed, and told."""

import hashlib
import io
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import rfc8785
from flask import Flask
from joserfc import jws
from joserfc.errors import BadSignatureError
from joserfc.jwk import OKPKey
from pypdf import PdfReader
from sqlalchemy import text

from consent_service.database import db
from consent_service.jobs.key_epochs import begin, retire_old, wrap_all
from consent_service.services import services
from tests.elsewhere import aim, elsewhere
from tests.factories import consent
from tests.integration.conftest import ACTOR, START, Api, MovableClock, client_of
from tests.integration.test_legal_holds import hold
from tests.integration.test_withdrawals import withdraw
from tests.mail import Inbox
from tests.office import body
from tests.roads import COURT, FIRST, PERSON, demand, erase, staff

Client = Callable[[str], Api]
PLANTED = ("person-1", "aizhan", "Сапарова", "+7701")


def destroyed(app: Flask, api: Api, **more: Any) -> str:  # Any: JSON values
    """Let a person be erased on a court act; returns the order."""
    identifiers = {"email": "aizhan@example.kz", "phone": "+77011234567", "full_name": "Айжан Сапарова"}
    api.post("/consents", consent(subject={"ref": "person-1", "identifiers": identifiers}, **more))
    order: str = demand(api, staff(app)).json["order"]["id"]
    assert erase(app) == 0
    return order


def words_of(printed: PdfReader) -> str:
    return " ".join(" ".join(page.extract_text() for page in printed.pages).split())


def pdf(api: Api, order: str, lang: str) -> PdfReader:
    answer = api.get(f"/erasure-orders/{order}/certificate.pdf", lang=lang)
    assert answer.status_code == 200
    return PdfReader(io.BytesIO(answer.data))


def test_the_act_says_what_was_destroyed_on_which_ground_and_how_without_the_person(api: Client, app: Flask) -> None:
    uof = api("uof")
    with elsewhere() as systems:
        systems.keep("shop", "person-1", orders=3)
        aim(app, systems.targets("shop"))
        order = destroyed(app, uof)

    act = uof.get(f"/erasure-orders/{order}/certificate").json

    assert (act["number"], act["ground"]["article"], act["order"]["reference"]) == ("2026/1", "94-V 18(3)", COURT)
    assert act["here"]["deleted"] == {"subject_files": 0, "subject_notes": 0, "subject_identifiers": 3, "subjects": 1}
    assert act["here"]["left"] == {"subject_files": 0, "subject_notes": 0, "subject_identifiers": 0, "subjects": 0}
    assert [(one["name"], one["method"], one["erased"]) for one in act["targets"]] == [
        ("shop", "loopback", {"orders: delete": 3})
    ]
    assert act["data"]["identifiers"] == ["email", "full_name", "phone"]
    assert {one["document"] for one in act["data"]["categories"]} == {"uof/personal-data-agreement"}
    assert [one["role"] for one in act["responsible"]] == ["dpo", "ordered"]
    written = json.dumps(act, ensure_ascii=False)
    assert not [one for one in PLANTED if one in written]


def test_the_act_is_signed_by_the_published_key_in_canonical_form_and_its_digest_is_in_the_ledger(
    api: Client, app: Flask
) -> None:
    uof = api("uof")
    order = destroyed(app, uof)
    (published,) = app.test_client().get("/.well-known/jwks.json").get_json()["keys"]
    token = uof.get(f"/erasure-orders/{order}/certificate.jwt").text

    signed = jws.deserialize_compact(token, OKPKey.import_key(published), algorithms=["Ed25519"])

    assert signed.headers()["typ"] == "destruction-act+jwt"
    text_of_act = uof.get(f"/erasure-orders/{order}/certificate.json").data
    assert signed.payload == text_of_act == rfc8785.dumps(json.loads(text_of_act))
    with app.app_context(), db.engine.connect() as connection:
        event = connection.scalar(text("SELECT body FROM ledger_events WHERE kind = 'erasure_done'"))
    said = json.loads(bytes(event))["facts"]["result"]["act"]
    assert said == {"number": "2026/1", "sha256": hashlib.sha256(text_of_act).hexdigest()}
    head, _, signature = token.split(".")
    other = OKPKey.generate_key("Ed25519")
    with pytest.raises(BadSignatureError):
        jws.deserialize_compact(token, other, algorithms=["Ed25519"])
    assert head
    assert signature


@pytest.mark.parametrize("lang", ["kk", "ru"])
def test_the_act_is_printed_as_an_archive_file_with_its_signed_form_inside(api: Client, app: Flask, lang: str) -> None:
    uof = api("uof")
    order = destroyed(app, uof)

    printed = pdf(uof, order, lang)

    words = words_of(printed)
    title = {"kk": "Дербес деректерді жою туралы акт", "ru": "Акт об уничтожении персональных данных"}[lang]
    assert title in words
    assert "2026/1" in words
    assert COURT in words
    assert FIRST in words  # whoever answers, while the account is open
    assert not [one for one in PLANTED if one in words]
    assert printed.attachments["act.jwt"][0].decode() == uof.get(f"/erasure-orders/{order}/certificate.jwt").text
    assert uof.get(f"/erasure-orders/{order}/certificate.pdf", lang="en").status_code == 422


def test_acts_are_numbered_without_a_gap_in_each_year_for_each_operator(
    api: Client, app: Flask, clock: MovableClock
) -> None:
    uof, dar = api("uof"), api("dar")
    first = staff(app)
    numbers, orders = [], []
    for n in range(3):
        clock.set(START + timedelta(days=30 * n))
        uof.post("/consents", consent(subject={"ref": f"p-{n}"}))
        orders.append(demand(uof, first, subject=f"p-{n}").json["order"]["id"])
        assert erase(app) == 0
        numbers.append(uof.get(f"/erasure-orders/{orders[-1]}").json["certificate"])
    purpose = dar.get("/documents/dar/privacy-policy/versions").json["items"][0]["purposes"][0]["code"]
    dar.post("/consents", consent("privacy-policy", act="ticked", choices=[{"purpose": purpose, "granted": True}]))
    other = demand(dar, staff(app, slug="dar")).json["order"]["id"]
    assert erase(app) == 0

    assert numbers == ["2026/1", "2026/2", "2027/1"]
    assert dar.get(f"/erasure-orders/{other}").json["certificate"] == "2027/1"
    assert dar.get(f"/erasure-orders/{orders[0]}/certificate").status_code == 404


def test_nothing_is_certified_that_was_not_destroyed(api: Client, app: Flask, clock: MovableClock) -> None:
    uof = api("uof")
    uof.post("/consents", consent(given_at="2026-10-30T05:00:00Z"))
    made = withdraw(uof, received_at="2026-11-10T05:00:00Z", sent_at="2026-11-10T04:00:00Z")
    order = uof.get(f"/withdrawals/{made['id']}").json["erasure"]["id"]
    assert uof.get(f"/erasure-orders/{order}/certificate").status_code == 404
    second = demand(uof, staff(app)).json["order"]["id"]

    assert erase(app) == 0

    acts = [uof.get(f"/erasure-orders/{one}").json["certificate"] for one in (order, second)]
    assert sorted(map(str, acts)) == ["2026/1", "None"]  # the other order found nobody: that one had done it


def test_the_person_is_told_in_their_language_with_the_act_and_the_address_is_forgotten(
    mailed: tuple[Inbox, Flask], clock: MovableClock
) -> None:
    inbox, app = mailed
    uof = client_of(app, "uof")
    destroyed(app, uof, language="ru")
    assert erase(app) == 0

    (mail,) = inbox.received

    assert (mail["X-To"], mail["Subject"]) == ("aizhan@example.kz", "Ваши персональные данные уничтожены")
    said = mail.get_body(("plain",)).get_content()  # type: ignore[attr-defined]  # a message of the modern policy
    assert "Закон 94-V, ст. 18 пп. 3)" in said
    assert "2026/1" in said
    names = sorted(part.get_filename() for part in mail.iter_attachments())  # type: ignore[attr-defined]  # as above
    assert names == ["act-2026-1-kk.pdf", "act-2026-1-ru.pdf"]
    assert uof.get("/erasure-orders").json["items"][0]["state"] == "done"
    with app.app_context(), db.engine.connect() as connection:
        assert connection.execute(text("SELECT state, sealed FROM outbox_messages")).all() == [("sent", None)]


def test_without_a_mail_server_nobody_is_left_to_be_told_by_hand_and_the_order_says_so(api: Client, app: Flask) -> None:
    uof = api("uof")

    order = destroyed(app, uof)

    assert uof.get(f"/erasure-orders/{order}").json["told"] == "dropped"
    with app.app_context(), db.engine.connect() as connection:
        assert connection.execute(text("SELECT state, sealed FROM outbox_messages")).all() == [("dropped", None)]


def test_the_paper_says_since_when_copies_are_dead(api: Client, app: Flask, clock: MovableClock) -> None:
    uof = api("uof")
    order = destroyed(app, uof)
    record = uof.get(f"/erasure-orders/{order}").json
    assert record["copies_closed_at"] is None
    assert "с уничтожением ключа (период: 1)" in words_of(pdf(uof, order, "ru"))
    clock.move(days=1)
    with app.app_context():
        begin(services(), ACTOR)
        wrap_all(services(), ACTOR)
        retire_old(services(), ACTOR)

    closed = uof.get(f"/erasure-orders/{order}").json["copies_closed_at"]

    assert closed == "2026-11-24T05:00:00Z"
    words = words_of(pdf(uof, order, "ru"))
    assert "не открываются с 24.11.2026 10:00" in words
    assert uof.get(f"/erasure-orders/{order}/certificate").json["here"]["key_epoch"] == 1


def test_a_held_person_is_told_nothing(mailed: tuple[Inbox, Flask], clock: MovableClock) -> None:
    inbox, app = mailed
    uof = client_of(app, "uof")
    uof.post("/consents", consent(subject=PERSON))
    withdraw(uof)
    hold(uof)
    clock.move(days=12)

    assert erase(app) == erase(app) == 0

    assert [body(mail) for mail in inbox.received] == []
