"""Records that are altered, slipped in or removed behind the service's back are found, and named."""

import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from random import Random  # noqa: TID251 - chance that can be repeated, nothing secret
from uuid import UUID, uuid4

import pytest

from consent_service.evidence.verifying import verify_evidence
from consent_service.jobs.runner import find_job, run_now
from consent_service.ledger.verifying import Verdict
from consent_service.services import services
from tests.conftest import FULL
from tests.databases import app_on
from tests.factories import consent
from tests.integration.conftest import MovableClock, client_of
from tests.integration.test_ledger_tampering import flip, one_of, opened
from tests.sealed_ledger import ACTOR, on_copy

EACH = 60 if FULL else 6
PEOPLE = 12
Tampering = Callable[[sqlite3.Connection, Random], str]


@pytest.fixture(scope="module")
def recorded(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with consents and withdrawals at two operators, sealed and exported."""
    folder = tmp_path_factory.mktemp("recorded")
    place, clock = folder / "kelisim.db", MovableClock()
    shutil.copy(sqlite_template, place)
    with app_on(f"sqlite:///{place}", folder, clock) as app:
        for slug, document, purpose in (
            ("uof", "personal-data-agreement", "targeted_advertising"),
            ("dar", "privacy-policy", "promotion"),
        ):
            api = client_of(app, slug)
            for n in range(PEOPLE):
                clock.move(minutes=1)
                choices = [{"purpose": purpose, "granted": n % 3 > 0}]
                body = consent(document, subject={"ref": f"p-{n}"}, choices=choices, act="ticked")
                assert api.post("/consents", body).status_code == 201
                if n % 3 == 2:
                    withdrawn = {"subject": f"p-{n}", "document": document, "channel": "email"}
                    assert api.post("/withdrawals", withdrawn).status_code == 201
        with app.app_context():
            run_now(services(), find_job("ledger.seal"))
            run_now(services(), find_job("ledger.publish"))
    with closing(sqlite3.connect(place)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return place


def verified(recorded: Path, folder: Path) -> Verdict:
    with on_copy(recorded, folder) as house, house.snapshot(ACTOR) as uow:
        return verify_evidence(uow, house.settings.ledger_dir, lambda _what, _count: None)


OTHERWISE = {
    ("consents", "language"): "en",
    ("consents", "act"): "said",
    ("consents", "channel"): "import",
    ("consents", "evidence_grade"): "widget_signed",
    ("consents", "text_kind"): "published",
    ("consents", "declarations"): '{"adult": false}',
    ("withdrawals", "channel"): "phone",
    ("withdrawals", "matter"): "other",
    ("withdrawals", "parts"): '["publication"]',
}


def change_what_was_fixed(connection: sqlite3.Connection, chance: Random) -> str:
    table, column = chance.choice(list(OTHERWISE))
    row = one_of(connection, chance, table)
    connection.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (OTHERWISE[table, column], row))
    return f"{table}.{column} of row {row}"


def change_a_byte(connection: sqlite3.Connection, chance: Random) -> str:
    table, column = chance.choice(
        [("consents", "text_sha256"), ("consents", "leaf_input"), ("version_texts", "sha256")]
    )
    return flip(connection, chance, table, column)


def turn_an_answer(connection: sqlite3.Connection, chance: Random) -> str:
    row = one_of(connection, chance, "consent_choices")
    connection.execute("UPDATE consent_choices SET granted = NOT granted WHERE rowid = ?", (row,))
    return f"answer {row}"


def remove_an_answer(connection: sqlite3.Connection, chance: Random) -> str:
    row = one_of(connection, chance, "consent_choices")
    connection.execute("DELETE FROM consent_choices WHERE rowid = ?", (row,))
    return f"answer {row}"


def move_a_consent_to_somebody_else(connection: sqlite3.Connection, chance: Random) -> str:
    row = one_of(connection, chance, "consents")
    connection.execute("UPDATE consents SET subject_id = ? WHERE rowid = ?", (uuid4().hex, row))
    return f"consent {row}"


def date_a_consent_back(connection: sqlite3.Connection, chance: Random) -> str:
    row = one_of(connection, chance, "consents")
    connection.execute("UPDATE consents SET given_at = '2020-01-01 00:00:00.000000' WHERE rowid = ?", (row,))
    return f"consent {row}"


def slip_in_a_copy(connection: sqlite3.Connection, chance: Random) -> str:
    table = chance.choice(["consents", "withdrawals", "document_versions"])
    row = one_of(connection, chance, table)
    columns = [name for _, name, *_ in connection.execute(f"PRAGMA table_info({table})")]
    values = list(connection.execute(f"SELECT * FROM {table} WHERE rowid = ?", (row,)).fetchone())
    values[columns.index("id")] = uuid4().hex
    if "version" in columns:
        values[columns.index("version")] = "slipped in"
    connection.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(values))})", values)
    return f"a copy of {table} {row}"


def store_what_nobody_could(connection: sqlite3.Connection, chance: Random) -> str:
    table, column, value = chance.choice(
        [("withdrawals", "matter", "other"), ("consents", "act", "nodded"), ("consents", "given_at", "yesterday")]
    )
    row = one_of(connection, chance, table)
    connection.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (value, row))
    return f"{table}.{column} row {row}"


def delete_a_row(connection: sqlite3.Connection, chance: Random) -> str:
    table = chance.choice(["consents", "withdrawals", "version_texts"])
    row = one_of(connection, chance, table)
    connection.execute(f"DELETE FROM {table} WHERE rowid = ?", (row,))
    return f"{table} row {row}"


def change_the_words_of_a_clause(connection: sqlite3.Connection, chance: Random) -> str:
    row = one_of(connection, chance, "version_texts")
    (clauses,) = connection.execute("SELECT clauses FROM version_texts WHERE rowid = ?", (row,)).fetchone()
    changed = json.loads(clauses)
    changed[chance.randrange(len(changed))]["text"] += " not"
    connection.execute("UPDATE version_texts SET clauses = ? WHERE rowid = ?", (json.dumps(changed), row))
    return f"text {row}"


def change_the_rules_of_a_version(connection: sqlite3.Connection, chance: Random) -> str:
    row = one_of(connection, chance, "document_versions", "published_at IS NOT NULL")
    (terms,) = connection.execute("SELECT terms FROM document_versions WHERE rowid = ?", (row,)).fetchone()
    changed = json.loads(terms)
    changed["purposes"][0]["needs_consent"] = not changed["purposes"][0]["needs_consent"]
    connection.execute("UPDATE document_versions SET terms = ? WHERE rowid = ?", (json.dumps(changed), row))
    return f"terms {row}"


TAMPERINGS = (
    change_what_was_fixed,
    change_a_byte,
    turn_an_answer,
    remove_an_answer,
    move_a_consent_to_somebody_else,
    date_a_consent_back,
    slip_in_a_copy,
    store_what_nobody_could,
    delete_a_row,
    change_the_words_of_a_clause,
    change_the_rules_of_a_version,
)


def test_records_that_nobody_touched_fit(recorded: Path, tmp_path: Path) -> None:
    shutil.copy(recorded, tmp_path / "kelisim.db")

    verdict = verified(recorded, tmp_path)

    assert verdict.problems == []
    assert verdict.records > 3 * PEOPLE


@pytest.mark.parametrize("tampering", TAMPERINGS, ids=lambda one: one.__name__)
def test_every_record_that_was_tampered_with_is_named(recorded: Path, tmp_path: Path, tampering: Tampering) -> None:
    missed = []
    for seed in range(EACH):
        shutil.copy(recorded, tmp_path / "kelisim.db")
        with closing(opened(tmp_path / "kelisim.db")) as connection:
            before = rows_of(connection)
            what = tampering(connection, Random(seed))  # noqa: S311 - repeatable on purpose
            if rows_of(connection) == before:
                continue
        verdict = verified(recorded, tmp_path)
        if not verdict.found or not all(named(problem.place) for problem in verdict.problems):
            missed.append((seed, what))

    assert missed == []


def rows_of(connection: sqlite3.Connection) -> list[list[tuple[object, ...]]]:
    """Return all that the tamperings may touch: a value that is written again alters nothing."""
    tables = ("consents", "consent_choices", "withdrawals", "document_versions", "version_texts")
    return [connection.execute(f"SELECT * FROM {table}").fetchall() for table in tables]


def named(place: str) -> bool:
    kind, _, number = place.rpartition(" ")
    return kind in {"answers of", "consent", "person", "version", "withdrawal"} and UUID(number).version is not None
