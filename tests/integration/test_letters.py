"""The register of outgoing letters: numbers without gaps, sealed words, proof of dispatch."""

import io
import threading
from collections.abc import Callable
from uuid import UUID, uuid4

import pytest
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import text

from consent_service.database import db
from consent_service.kernel.errors import InvalidInputError
from consent_service.letters.service import WriteLetter, write_letter
from consent_service.letters.states import LetterChannel, LetterKind
from consent_service.printing.document import Paragraph, Printed
from consent_service.services import services
from consent_service.subjects.service import lock_by_ref
from tests.factories import consent, seed_policies
from tests.integration.conftest import ACTOR, START, Api, MovableClock, client_of
from tests.integration.test_withdrawals import withdraw, work
from tests.mail import Inbox

SECRET = "Құрметті Канарейкина Айжан"


def pages() -> dict[str, Printed]:
    return {
        "kk": Printed("kk", "Жауап", [Paragraph(SECRET)], [("Кімге", "Айжан")]),
        "ru": Printed("ru", "Ответ", [Paragraph("Уважаемая Канарейкина Айжан")]),
    }


def write(app: Flask, channel: LetterChannel = LetterChannel.REGISTERED_MAIL, **more: str) -> UUID:
    with app.app_context(), services().write(ACTOR) as unbound:
        uow = unbound.for_operator(seed_policies.number(unbound, "uof"))
        person = None if "address" in more else lock_by_ref(uow, "person-1")
        command = WriteLetter(
            LetterKind.REQUEST_ANSWER, "request", uuid4(), pages(), channel, person, more.get("address")
        )
        return write_letter(uow, command)


def with_person(app: Flask, email: str = "canary@example.kz") -> Api:
    uof = client_of(app, "uof")
    uof.post("/consents", consent(subject={"ref": "person-1", "identifiers": {"email": email}}))
    return uof


def test_numbers_run_without_gap_however_many_are_written_at_once(app: Flask, clock: MovableClock) -> None:
    uof = with_person(app)
    threads = [threading.Thread(target=write, args=(app,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    clock.move(days=60)
    write(app)

    found = [(row["year"], row["number"]) for row in uof.get("/letters", limit=100).json["items"]]

    assert found == [(2027, 1), *((2026, number) for number in range(8, 0, -1))]


def test_the_register_is_read_page_by_page(app: Flask) -> None:
    uof = with_person(app)
    for _ in range(3):
        write(app)

    first = uof.get("/letters", limit=2).json
    rest = uof.get("/letters", limit=2, cursor=first["next_cursor"]).json

    assert [row["number"] for row in first["items"] + rest["items"]] == [3, 2, 1]
    assert rest["next_cursor"] is None
    assert uof.get("/letters", cursor="x").status_code == 422


def test_what_a_letter_says_is_sealed_and_its_copy_can_be_read_in_each_language(app: Flask) -> None:
    uof = with_person(app)
    letter = write(app)

    with app.app_context(), db.engine.connect() as connection:
        stored = [
            str(row)
            for table in ("letters", "subject_notes", "ledger_events")
            for row in connection.execute(text(f"SELECT * FROM {table}"))
        ]
    copy = uof.get(f"/letters/{letter}.pdf")

    assert not any("Канарейкина" in row for row in stored)
    assert copy.content_type == "application/pdf"
    assert SECRET in PdfReader(io.BytesIO(copy.data)).pages[0].extract_text()
    assert (
        "Уважаемая" in PdfReader(io.BytesIO(uof.get(f"/letters/{letter}.pdf", lang="ru").data)).pages[0].extract_text()
    )
    assert uof.get(f"/letters/{letter}.pdf", lang="en").status_code == 404


def test_a_letter_by_mail_carries_both_languages_and_keeps_the_server_s_answer_as_proof(
    mailed: tuple[Inbox, Flask],
) -> None:
    inbox, app = mailed
    uof = with_person(app)
    letter = write(app, LetterChannel.EMAIL)

    assert work(app) == work(app) == 0

    (mail,) = inbox.received
    body, kk, ru = mail.walk().__iter__().__next__().iter_parts()  # type: ignore[attr-defined]  # a multipart
    assert SECRET in body.get_content()
    assert "Уважаемая" in body.get_content()
    assert [part.get_filename() for part in (kk, ru)] == ["2026-1-kk.pdf", "2026-1-ru.pdf"]
    line = uof.get(f"/letters/{letter}").json
    assert (line["state"], line["proof"]["answer"]) == ("sent", "250 taken")
    assert "canary" not in str(line)


def test_a_refused_address_brings_the_letter_back_and_never_counts_as_sent(mailed: tuple[Inbox, Flask]) -> None:
    inbox, app = mailed
    uof = with_person(app)
    inbox.unknown.add("canary@example.kz")
    letter = write(app, LetterChannel.EMAIL)

    assert work(app) == 0

    assert inbox.received == []
    line = uof.get(f"/letters/{letter}").json
    assert (line["state"], line["sent_at"]) == ("returned", None)


def test_a_letter_by_post_is_sent_once_with_its_receipt_and_may_come_back(app: Flask) -> None:
    uof = with_person(app)
    letter = write(app)

    sent = uof.post(f"/letters/{letter}/dispatch", {"receipt": "RK123456785KZ"})
    again = uof.post(f"/letters/{letter}/dispatch", {"receipt": "RK1"})
    back = uof.post(f"/letters/{letter}/return")

    assert sent.json["proof"] == {"receipt": "RK123456785KZ"}
    assert again.status_code == 409
    assert back.json["state"] == "returned"


def test_another_operator_s_letter_looks_like_a_missing_one(app: Flask) -> None:
    with_person(app)
    letter = write(app)
    dar = client_of(app, "dar")

    assert dar.get(f"/letters/{letter}").status_code == 404
    assert dar.get(f"/letters/{letter}.pdf").status_code == 404
    assert dar.post(f"/letters/{letter}/dispatch", {"receipt": "x 1"}).status_code == 404


def test_erasing_the_person_leaves_the_line_and_takes_the_words(
    api: Callable[[str], Api], app: Flask, clock: MovableClock
) -> None:
    uof = with_person(app)
    letter = write(app)
    withdraw(uof)
    clock.set(START.replace(month=12, day=20))
    assert work(app) == 0

    assert uof.get(f"/letters/{letter}").json["number"] == 1
    gone = uof.get(f"/letters/{letter}.pdf")
    assert gone.status_code == 404
    assert "erased" in gone.json["detail"]


def test_a_letter_to_an_organisation_goes_to_its_address_and_needs_one(mailed: tuple[Inbox, Flask]) -> None:
    inbox, app = mailed
    client_of(app, "uof")
    write(app, LetterChannel.EMAIL, address="office@authority.example")

    assert work(app) == 0

    assert inbox.received[0]["X-To"] == "office@authority.example"
    with pytest.raises(InvalidInputError, match="address"):
        write(app, LetterChannel.EMAIL, address="")
