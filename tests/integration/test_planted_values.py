"""Values planted in everything that people send stand nowhere in clear: no table, file, log, metric or export."""

import json
import logging
import shutil
from collections.abc import Iterator, Mapping
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text

from consent_service.database import db
from consent_service.jobs.runner import find_job, run_now
from consent_service.services import services
from consent_service.subjects.service import PERSONAL_TABLES
from tests import sent_files
from tests.browsers import RESEARCH
from tests.browsers import enter as enter_form
from tests.databases import KEYS, app_on
from tests.factories import consent
from tests.integration.conftest import Api, MovableClock, client_of
from tests.integration.test_intents import BOXES
from tests.integration.test_recipients import enter
from tests.integration.test_withdrawals import work
from tests.mail import Inbox, smtp_server
from tests.visitors import Visitor

REF = "planted-ref-7"
EMAIL, PHONE, IIN = "planted@example.kz", "+77019876543", "250723163017"
PERSON = {"ref": REF, "identifiers": {"email": EMAIL, "phone": PHONE, "iin": IIN, "full_name": "Жасырын Атаева"}}
WORDS = "planted words"
PLANTED = ("planted", "9876543", IIN, "Жасырын", "Атаева")
_KEYS = count()


@pytest.fixture
def house(
    database_url: str, tmp_path: Path, clock: MovableClock, caplog: pytest.LogCaptureFixture
) -> Iterator[tuple[Flask, Inbox]]:
    caplog.set_level(logging.DEBUG)
    with smtp_server() as (inbox, url), app_on(database_url, tmp_path, clock, SMTP_URL=url) as app:
        yield app, inbox


SENT: list[tuple[str, Any, str]] = []  # Any: JSON


def send(api: Api, path: str, body: Any) -> Any:  # Any: JSON
    """Send a request that may be repeated, twice: its answer is kept for that."""
    key = f"once-{next(_KEYS)}"
    SENT.append((path, body, key))
    first = api.post(path, body, Idempotency_Key=key)
    again = api.post(path, body, Idempotency_Key=key)
    assert first.status_code in {200, 201}, first.json
    assert (again.json, again.headers["Idempotent-Replay"]) == (first.json, "true")
    return first.json


def live_a_life(app: Flask) -> None:
    """Have a person do all that leaves words behind."""
    uof = client_of(app, "uof")
    enter(uof)
    represented = {"representative": {"name": WORDS, "role": "parent", "basis": WORDS}, "evidence": {"page": WORDS}}
    send(uof, "/consents", consent(subject=PERSON) | represented)
    page = enter_form(app, "sign-up", BOXES)
    shown = page.displayed("online-payments", RESEARCH)
    given = page.send(shown | {"page": f"https://www.uof.kz/of/{EMAIL}"}).json
    send(uof, "/consents", {"token": given["token"], "subject": PERSON})
    send(uof, "/consents", {"displayed": shown | {"site_key": page.site_key}, "subject": PERSON})
    uof.post("/consents", {"token": EMAIL, "subject": PERSON})  # what is refused is repeated nowhere
    assert send(uof, "/subjects/search", {"email": EMAIL})["items"] == [{"ref": REF}]
    asked = send(uof, "/subject-requests", {"type": "correction", "channel": "form", "subject": REF, "text": WORDS})
    send(uof, f"/subject-requests/{asked['id']}/messages", {"direction": "from_person", "text": WORDS})
    send(uof, f"/subject-requests/{asked['id']}/messages", {"direction": "to_person", "text": WORDS})
    letter = {"subject": REF, "document": "personal-data-agreement", "channel": "email", "text": WORDS}
    withdrawal = send(uof, "/withdrawals", letter)
    fill_in_a_form(app)
    put_right = {"received_at": withdrawal["received_at"], "reason": WORDS}
    uof.post(f"/withdrawals/{withdrawal['id']}/correct-receipt", put_right)
    uof.post("/subjects/search", {"email": WORDS})  # what is refused is repeated nowhere either
    uof.get("/permissions", subject=EMAIL, purpose=WORDS)
    assert work(app) == 0


def fill_in_a_form(app: Flask) -> None:
    """Have a representative withdraw through the public form, with a file."""
    visitor = Visitor(app).begin("withdrawal")
    visitor.answer("document", document="all")
    visitor.answer("who", who="other")
    visitor.answer("representative", name="Жасырын Атаева", role="parent", basis=WORDS)
    assert visitor.add("planted.pdf", sent_files.pdf()).status_code == 303
    visitor.fill_in(contact={"full_name": "Жасырын Атаева", "email": EMAIL, "phone": PHONE})
    assert visitor.send().status_code == 303


def kept_in(app: Flask, folder: Path) -> dict[str, bytes]:
    """Return all that was kept: rows of the database as the server gives them, and every file of the folder."""
    found = {}
    with app.app_context(), db.engine.connect() as connection:
        for table in db.metadata.sorted_tables:
            rows = connection.execute(text(f"SELECT * FROM {table.name}")).all()
            found[table.name] = b"\x00".join(
                value if isinstance(value, bytes) else json.dumps(value, default=str, ensure_ascii=False).encode()
                for row in rows
                for value in row
            )
    return found | files_of(folder)


def files_of(folder: Path) -> dict[str, bytes]:
    """Return every file of a folder, save the keys."""
    return {place.name: place.read_bytes() for place in folder.rglob("*") if place.is_file() and place.name != KEYS}


def logged(caplog: pytest.LogCaptureFixture) -> bytes:
    """Return what was logged with all its fields, save by the mail server of the test, which receives letters."""
    ours = [record for record in caplog.records if record.name != "mail.log"]
    return "\n".join(f"{caplog.handler.format(record)} {vars(record)}" for record in ours).encode()


def places_of(kept: Mapping[str, bytes]) -> set[tuple[str, str]]:
    """Return what was found where."""
    return {
        (name, planted)
        for name, content in kept.items()
        for planted in PLANTED
        if planted.encode() in content or json.dumps(planted).strip('"').encode() in content
    }


def test_what_people_send_stands_nowhere_in_clear_and_nowhere_at_all_after_the_erasure(
    house: tuple[Flask, Inbox], clock: MovableClock, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    app, inbox = house
    live_a_life(app)
    with app.app_context():
        for name in ("ledger.seal", "ledger.publish"):
            run_now(services(), find_job(name))
    kept = kept_in(app, tmp_path)
    kept["log"] = logged(caplog)
    kept["metrics"] = app.test_client().get("/metrics").get_data()

    assert len(inbox.received) > 0  # what goes to the person says it; nothing that is kept does
    sealed = ("idempotent_answers", "subjects", "subject_notes", "subject_files", "form_drafts", "metrics")
    assert all(kept[name] for name in sealed)
    assert places_of(kept) == set()

    clock.move(days=60)
    assert work(app) == 0
    kept = kept_in(app, tmp_path)
    personal = [table.name for table in PERSONAL_TABLES]
    assert not any(kept[name] for name in ("idempotent_answers", "form_drafts", *personal))
    assert places_of(kept | {"log": logged(caplog)}) == set()


def test_a_repetition_after_the_erasure_does_nothing_and_shows_nothing(
    house: tuple[Flask, Inbox], clock: MovableClock
) -> None:
    app, _ = house
    SENT.clear()
    live_a_life(app)
    uof = client_of(app, "uof")
    unlawful = send(uof, "/subject-requests", {"type": "blocking", "channel": "form", "subject": REF, "text": WORDS})
    send(uof, f"/subject-requests/{unlawful['id']}/confirm-violation", {})
    clock.move(hours=2)
    assert work(app) == 0
    assert uof.post("/subjects/search", {"email": EMAIL}).json["items"] == []

    for path, body, key in SENT:
        again = uof.post(path, body, Idempotency_Key=key)
        assert again.status_code == 409
        assert places_of({path: again.data}) == set()
        other = uof.post(path, body | {"text": "another"}, Idempotency_Key=key)
        assert other.status_code in {409, 422}
    assert uof.post("/subjects/search", {"email": EMAIL}).json["items"] == []


def test_after_an_erasure_no_file_of_sqlite_holds_what_was_sealed_about_the_person(
    sqlite_template: Path, clock: MovableClock, tmp_path: Path
) -> None:
    url = f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'kelisim.db')}"
    with smtp_server() as (_inbox, mail), app_on(url, tmp_path, clock, SMTP_URL=mail) as app:
        live_a_life(app)
        with app.app_context(), db.engine.connect() as connection:
            sealed = {
                value
                for table in PERSONAL_TABLES
                for row in connection.execute(select(table))
                for value in row
                if isinstance(value, bytes)
            }
        before = b"".join(files_of(tmp_path).values())
        clock.move(days=60)
        assert work(app) == 0
        after = b"".join(files_of(tmp_path).values())

    assert len(sealed) > 8
    assert [value for value in sealed if value not in before] == []
    assert [value for value in sealed if value in after] == []
