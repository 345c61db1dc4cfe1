"""Key epochs: a turn leaves everything readable; what was erased before it opens in no copy any more."""

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Column, LargeBinary, select, text
from sqlalchemy.exc import DBAPIError

from consent_service.database import db
from consent_service.jobs.key_epochs import OTHERS, SEALED, begin, retire_old, wrap_all
from consent_service.jobs.runner import find_job, run_now
from consent_service.kernel.db import Base, table_of
from consent_service.kernel.errors import ConflictError, KeyUnavailableError
from consent_service.kernel.files import replace_private, write_private
from consent_service.kernel.key_file import KeyFile
from consent_service.kernel.keys import epoch_of, epoch_prefix
from consent_service.kernel.uow import Actor
from consent_service.services import Services, services
from consent_service.subjects.identity import IdentifierKind
from consent_service.subjects.indexes import has_value
from consent_service.subjects.key_epochs import OF_PEOPLE, epochs
from consent_service.subjects.queries import find_id
from consent_service.subjects.service import reveal_identifiers, reveal_ref
from consent_service.subjects.tables import Subject, SubjectIdentifier
from tests.command_line import run
from tests.conftest import FULL
from tests.databases import KEYS, app_on
from tests.factories import consent
from tests.integration.conftest import START, Api, MovableClock, client_of
from tests.integration.test_consents import ADVERTISING
from tests.integration.test_recipients import enter
from tests.integration.test_subject_requests import act, ask
from tests.integration.test_withdrawals import work
from tests.keys import killed_turns, open_key_file

ROOT = Path(__file__).resolve().parents[2]
ACTOR = Actor("command", "test")
_SUBJECTS, _IDENTIFIERS = table_of(Subject), table_of(SubjectIdentifier)
KILLS = 60 if FULL else 12
PEOPLE = 5


def enter_people(app: Flask) -> Api:
    uof = client_of(app, "uof")
    for number in range(PEOPLE):
        identifiers = {"email": f"person{number}@example.kz", "phone": f"+7701123456{number}"}
        body = consent(subject={"ref": f"person-{number}", "identifiers": identifiers})
        assert uof.post("/consents", body).status_code == 201
    return uof


def write_words(uof: Api, ref: str) -> None:
    """Have words written that are sealed for their case: a withdrawal, an incident, and how a recipient is reached."""
    letter = {"subject": ref, "document": "personal-data-agreement", "channel": "registered_mail"}
    assert uof.post("/withdrawals", letter).status_code == 201
    found = {"detected_at": (START - timedelta(hours=1)).isoformat(), "what": "A lost disk", "categories": ["contact"]}
    incident = uof.post("/incidents", found).json
    put_right = {"detected_at": (START - timedelta(hours=2)).isoformat(), "reason": "The log says so"}
    assert uof.post(f"/incidents/{incident['id']}/correct", put_right).status_code == 200
    enter(uof)


def turn(house: Services) -> list[int]:
    begin(house, ACTOR)
    wrap_all(house, ACTOR)
    return retire_old(house, ACTOR)


def everybody_is_found(app: Flask) -> None:
    uof = client_of(app, "uof")
    for number in range(PEOPLE):
        found = uof.post("/subjects/search", {"email": f"person{number}@example.kz", "phone": f"+7701123456{number}"})
        assert [item["ref"] for item in found.json["items"]] == [f"person-{number}"]
        item = uof.get("/permissions", subject=f"person-{number}", purpose=ADVERTISING).json["items"][0]
        assert item["allowed"] is True


def values_by_epoch(house: Services) -> dict[int, int]:
    """Count everything that is wrapped, sealed or indexed, by its epoch."""
    found: dict[int, int] = {}
    with house.read(ACTOR) as uow:
        for column in (*OF_PEOPLE, *OTHERS):
            for blob in uow.session.scalars(select(column).where(column.is_not(None))):
                found[epoch_of(blob)] = found.get(epoch_of(blob), 0) + 1
    return found


@pytest.fixture
def house(app: Flask) -> Iterator[Services]:
    with app.app_context():
        yield services()


def test_everything_that_is_sealed_outside_a_person_is_turned_with_the_epoch() -> None:
    personal = {"subjects", "subject_identifiers", "subject_notes", "subject_files"}
    of_browsers = {"form_drafts", "form_draft_files"}  # sealed under a secret that is kept nowhere here
    by_a_turned_key = {
        "inspection_pack_parts",
        "operator_export_parts",
    }  # sealed under the key of the pack, which is turned and goes with it
    sealed = {
        (table.name, column.name)
        for table in Base.metadata.tables.values()
        for column in table.c
        if isinstance(column.type, LargeBinary)
        and "sealed" in column.name
        and table.name not in personal | of_browsers | by_a_turned_key
    }

    assert {(one.table.name, one.column.name) for one in SEALED} == sealed
    assert len(sealed) > 1


def test_a_turn_wraps_everything_anew_and_everybody_is_found_as_before(
    app: Flask, house: Services, clock: MovableClock
) -> None:
    uof = enter_people(app)
    write_words(uof, "person-4")
    words = len(blobs(house))
    assert words > 1
    before = values_by_epoch(house)

    assert turn(house) == [1]

    assert set(before) == {1}
    assert values_by_epoch(house) == {2: before[1]}
    assert set(house.keys.key_encryption_keys) == {2}
    everybody_is_found(app)
    again = consent(subject={"ref": "person-1", "identifiers": {"email": "person1@example.kz"}})
    assert uof.post("/consents", again).status_code == 201
    assert sum(values_by_epoch(house).values()) == before[1]  # nobody was entered twice
    assert turn(house) == [2]
    everybody_is_found(app)


def test_while_an_epoch_is_turned_people_are_found_under_both(app: Flask, house: Services) -> None:
    uof = enter_people(app)
    begin(house, ACTOR)

    everybody_is_found(app)
    assert uof.post("/consents", consent(subject={"ref": "person-1"})).status_code == 201
    newcomer = consent(subject={"ref": "new", "identifiers": {"email": "new@example.kz"}})
    assert uof.post("/consents", newcomer).status_code == 201

    assert set(values_by_epoch(house)) == {1, 2}
    with house.read(ACTOR) as uow:
        assert len(uow.session.scalars(select(_SUBJECTS.c.id)).all()) == PEOPLE + 1
    with pytest.raises(ConflictError, match="still wrapped under an older epoch"):
        retire_old(house, ACTOR)
    assert set(house.keys.key_encryption_keys) == {1, 2}


@pytest.mark.parametrize("column", [*OF_PEOPLE, *OTHERS], ids=str)
def test_the_database_takes_nothing_under_an_epoch_that_is_over(house: Services, column: Column[bytes]) -> None:
    begin(house, ACTOR)
    insert = text(f"INSERT INTO {column.table.name} ({column.name}) VALUES (:blob)")

    # The trigger is asked before anything else is checked; under the present epoch the row fails for another reason.
    with pytest.raises(DBAPIError, match="the key epoch is over"), db.engine.begin() as connection:
        connection.execute(insert, {"blob": epoch_prefix(1) + b"sealed"})
    with pytest.raises(DBAPIError, match=r"(?i)not.null"), db.engine.begin() as connection:
        connection.execute(insert, {"blob": epoch_prefix(2) + b"sealed"})


def test_a_process_that_has_not_read_the_new_key_is_told_to_try_again(app: Flask, house: Services) -> None:
    uof = enter_people(app)
    stale = house.keys
    begin(house, ACTOR)
    held = KeyFile.ring
    KeyFile.ring = lambda self: stale  # type: ignore[method-assign]  # noqa: ARG005 - a file system that is behind
    try:
        answer = uof.post("/consents", consent(subject={"ref": "new"}))
    finally:
        KeyFile.ring = held  # type: ignore[method-assign]  # as above

    assert (answer.status_code, answer.json["code"]) == (503, "try-again")
    assert uof.post("/consents", consent(subject={"ref": "new"})).status_code == 201


def test_what_was_erased_before_a_turn_opens_in_no_copy_from_before(
    sqlite_template: Path, tmp_path: Path, clock: MovableClock
) -> None:
    live, copy = tmp_path / "live.db", tmp_path / "copy.db"
    shutil.copy(sqlite_template, live)
    with app_on(f"sqlite:///{live}", tmp_path, clock) as app, app.app_context():
        uof = enter_people(app)
        with db.engine.connect() as connection:
            connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
        shutil.copy(live, copy)
        old_keys = (tmp_path / KEYS).read_bytes()
        blocking = ask(uof, "blocking", subject="person-3")
        assert act(uof, blocking, "confirm-violation")["erasure"]["copies_closed_at"] is None
        assert work(app) == 0
        assert turn(services()) == [1]
        done = uof.get(f"/subject-requests/{blocking['id']}").json["erasure"]
        assert done["copies_closed_at"] == done["done_at"]  # the clock stood still
        assert uof.post("/subjects/search", {"email": "person3@example.kz"}).json["items"] == []

    found = opened_copy(copy, (tmp_path / KEYS).read_bytes(), tmp_path / "present")
    assert found == (0, 0)
    # The proof that this test can tell: with the keys of then, all of it opens.
    assert opened_copy(copy, old_keys, tmp_path / "then") == (PEOPLE, PEOPLE)


def opened_copy(copy: Path, keys: bytes, folder: Path) -> tuple[int, int]:
    """Return how many people open in a copy of the database with some keys, and how many are found by what they had."""
    folder.mkdir()
    write_private(folder / KEYS, keys.decode())
    place = folder / "copy.db"
    shutil.copy(copy, place)
    with closing(sqlite3.connect(place, isolation_level=None)) as connection:  # whoever stole it asks no leave
        connection.execute("DELETE FROM key_checks")
        connection.execute("DELETE FROM key_epochs")
    opens = found = 0
    with app_on(f"sqlite:///{place}", folder) as app, app.app_context():
        with services().read(ACTOR) as uow:
            people = uow.session.execute(select(_SUBJECTS.c.operator_id, _SUBJECTS.c.id)).all()
        for operator_id, subject_id in people:
            with services().read(ACTOR, operator_id) as uow, suppress(KeyUnavailableError):
                opens += bool(reveal_ref(uow, subject_id) and reveal_identifiers(uow, subject_id))
        for number in range(PEOPLE):
            with services().read(ACTOR, people[0].operator_id) as uow:
                email = has_value(uow, IdentifierKind.EMAIL, f"person{number}@example.kz")
                by_mail = uow.session.scalar(select(_IDENTIFIERS.c.subject_id).where(email))
                found += find_id(uow, f"person-{number}") is not None or by_mail is not None
    return opens, found


def test_what_is_owed_about_an_erased_person_opens_in_no_copy_from_before(
    sqlite_template: Path, tmp_path: Path, clock: MovableClock
) -> None:
    shutil.copy(sqlite_template, tmp_path / "live.db")
    with app_on(f"sqlite:///{tmp_path / 'live.db'}", tmp_path, clock) as app, app.app_context():
        uof = enter_people(app)
        write_words(uof, "person-3")
        sealed_then = blobs(services())
        old = open_key_file(tmp_path / KEYS)
        turn(services())
        present = services().keys

    assert len(sealed_then) > 1
    for column, blob in sealed_then:
        assert epoch_of(blob) in old.key_encryption_keys
        with pytest.raises(KeyUnavailableError, match="epoch 1 is not in the key file"):
            present.open(column, blob, "any place")


def blobs(house: Services) -> list[tuple[str, bytes]]:
    with house.read(ACTOR) as uow:
        return [
            (one.column.name, blob)
            for one in SEALED
            for blob in uow.session.scalars(select(one.column).where(one.column.is_not(None)))
        ]


def test_a_turn_killed_at_any_moment_loses_nobody_and_is_finished_by_the_next(
    app: Flask, house: Services, database_url: str, tmp_path: Path
) -> None:
    enter_people(app)
    with killed_turns("epoch", START, DATA_DIR=str(tmp_path), DATABASE_URL=database_url) as killed:
        for change in range(1, KILLS + 1):
            assert killed(change) in {"killed", "done"}
            everybody_is_found(app)

    wrap_all(house, ACTOR)
    retire_old(house, ACTOR)
    current = house.keys.epoch
    assert current > 1
    assert set(values_by_epoch(house)) == set(house.keys.key_encryption_keys) == {current}
    everybody_is_found(app)


def test_the_job_turns_the_epoch_when_it_is_as_old_as_the_setting_says(
    app: Flask, house: Services, clock: MovableClock
) -> None:
    enter_people(app)
    job = find_job("keys.turn")
    assert run_now(house, job).done == 0
    clock.move(days=29)
    assert run_now(house, job).done == 0
    clock.move(days=1)

    assert run_now(house, job).done >= PEOPLE
    assert run_now(house, job).done == 0

    with house.read(ACTOR) as uow:
        known = epochs(uow.session)
    assert [(one.epoch, one.retired_at is None) for one in known] == [(1, False), (2, True)]
    everybody_is_found(app)


@pytest.mark.parametrize("damage", ["another", "older"])
def test_a_key_file_that_is_not_of_this_database_is_refused_at_the_start(
    sqlite_template: Path, tmp_path: Path, clock: MovableClock, damage: str
) -> None:
    url = f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'live.db')}"
    with app_on(url, tmp_path, clock) as app, app.app_context():
        older = (tmp_path / KEYS).read_text()
        turn(services())
    open_key_file(tmp_path / "another.json")
    replace_private(tmp_path / KEYS, older if damage == "older" else (tmp_path / "another.json").read_text())

    with pytest.raises(KeyUnavailableError, match=r"[Rr]estore the key file"), app_on(url, tmp_path, clock):
        pass


def test_the_commands_tell_turn_and_finish(app: Flask, house: Services, database_url: str, tmp_path: Path) -> None:
    enter_people(app)

    def command(*words: str) -> Any:  # Any: JSON
        return json.loads(run("master-keys", *words, "--json", data_dir=tmp_path, DATABASE_URL=database_url).stdout)

    turned = command("turn")
    status = command("status")
    finished = command("finish")

    assert (turned["epoch"], turned["destroyed"]) == (2, [1])
    assert turned["wrapped"] == PEOPLE
    assert status["current"] == 2
    assert [(one["epoch"], one["people"]) for one in status["epochs"]] == [(1, 0), (2, PEOPLE)]
    assert finished == {"wrapped": 0, "destroyed": []}
    everybody_is_found(app)
