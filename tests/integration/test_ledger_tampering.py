"""Whatever is altered in the stored ledger is found, and the place is named."""

import json
import secrets
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from random import Random  # noqa: TID251 - chance that can be repeated, nothing secret
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from consent_service.evidence.verifying import verify_evidence
from consent_service.jobs.runner import find_job, run_now
from consent_service.kernel.errors import LedgerError
from consent_service.ledger.heads import Head, open_head, sign_head
from consent_service.ledger.leaf import make_leaf
from consent_service.ledger.publisher import adopt_folder, publish
from consent_service.ledger.static_files import export_head
from consent_service.ledger.verifying import Verdict
from tests.conftest import FULL
from tests.sealed_ledger import ACTOR, EVENTS, HEADS, on_copy

TAMPERINGS = 1000 if FULL else 100
Tampering = Callable[[sqlite3.Connection, Random], str]


def verified(sealed: Path, folder: Path) -> Verdict:
    with on_copy(sealed, folder) as house, house.snapshot(ACTOR) as uow:
        return verify_evidence(uow, house.settings.ledger_dir, lambda _what, _count: None)


def opened(place: Path) -> sqlite3.Connection:
    """Open a database as somebody who owns it: without its triggers."""
    connection = sqlite3.connect(place, isolation_level=None)
    for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        connection.execute(f"DROP TRIGGER {name}")
    connection.execute("PRAGMA foreign_keys=OFF")
    return connection


def one_of(connection: sqlite3.Connection, chance: Random, table: str, where: str = "1") -> int:
    rows = connection.execute(f"SELECT rowid FROM {table} WHERE {where} ORDER BY rowid").fetchall()
    found: int = chance.choice(rows)[0]
    return found


def flip(connection: sqlite3.Connection, chance: Random, table: str, column: str) -> str:
    """Change one byte of one value."""
    row = one_of(connection, chance, table, f"{column} IS NOT NULL AND length({column}) > 0")
    (value,) = connection.execute(f"SELECT {column} FROM {table} WHERE rowid = ?", (row,)).fetchone()
    if isinstance(value, int):
        new: object = value + chance.choice([-1, 1])
    elif isinstance(value, str):
        at = chance.randrange(len(value))
        new = value[:at] + chance.choice([c for c in "0123456789abcdef" if c != value[at]]) + value[at + 1 :]
    else:
        at = chance.randrange(len(value))
        new = value[:at] + bytes([value[at] ^ (1 << chance.randrange(8))]) + value[at + 1 :]
    connection.execute(f"UPDATE OR REPLACE {table} SET {column} = ? WHERE rowid = ?", (new, row))
    return f"{table}.{column} of row {row}"


COLUMNS = {
    "ledger_events": (
        "operator_id",
        "id",
        "kind",
        "stream",
        "stream_seq",
        "prev",
        "body",
        "salt",
        "leaf_input",
        "recorded_at",
    ),
    "ledger_leaves": ("epoch", "leaf_index", "operator_id", "event_id", "leaf_input"),
    "ledger_tiles": ("epoch", "level", "number", "hashes"),
    "ledger_heads": ("epoch", "tree_size", "note"),
    "ledger_epochs": ("origin", "size", "opened_at"),
    "ledger_anchors": ("number", "epoch", "tree_size", "kind", "party", "token"),
    "ledger_queue": ("operator_id", "event_id", "leaf_input", "recorded_at"),
}


def change_a_byte(connection: sqlite3.Connection, chance: Random) -> str:
    table = chance.choice(list(COLUMNS))
    return flip(connection, chance, table, chance.choice(COLUMNS[table]))


def delete_a_row(connection: sqlite3.Connection, chance: Random) -> str:
    table = chance.choice(["ledger_events", "ledger_leaves", "ledger_tiles", "ledger_anchors", "ledger_queue"])
    row = one_of(connection, chance, table)
    connection.execute(f"DELETE FROM {table} WHERE rowid = ?", (row,))
    return f"{table} row {row}"


def delete_the_tail(connection: sqlite3.Connection, chance: Random) -> str:
    size = connection.execute("SELECT size FROM ledger_epochs").fetchone()[0]
    kept = chance.randrange(size - 40, size)
    gone = "SELECT event_id FROM ledger_leaves WHERE leaf_index >= ?"
    connection.execute(f"DELETE FROM ledger_events WHERE id IN ({gone})", (kept,))
    connection.execute("DELETE FROM ledger_leaves WHERE leaf_index >= ?", (kept,))
    connection.execute("UPDATE ledger_epochs SET size = ?", (kept,))
    return f"the tail from {kept}"


def swap_two_rows(connection: sqlite3.Connection, chance: Random) -> str:
    table, column = chance.choice(
        [
            ("ledger_leaves", "event_id"),
            ("ledger_leaves", "leaf_input"),
            ("ledger_events", "body"),
            ("ledger_tiles", "hashes"),
            ("ledger_anchors", "token"),
        ]
    )
    one = one_of(connection, chance, table, f"{column} IS NOT NULL")
    other = one_of(connection, chance, table, f"{column} IS NOT NULL AND rowid <> {one}")
    values = dict(connection.execute(f"SELECT rowid, {column} FROM {table} WHERE rowid IN (?, ?)", (one, other)))
    free = bytes(len(values[one]))
    connection.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (free, one))
    connection.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (values[one], other))
    connection.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (values[other], one))
    return f"{table}.{column} of rows {one} and {other}"


def empty_an_event(connection: sqlite3.Connection, chance: Random) -> str:
    row = one_of(connection, chance, "ledger_events", "body IS NOT NULL")
    connection.execute(
        "UPDATE ledger_events SET body = NULL, salt = NULL, expired_at = recorded_at WHERE rowid = ?", (row,)
    )
    return f"event row {row} without a record"


def sign_with_another_key(connection: sqlite3.Connection, chance: Random) -> str:
    row = one_of(connection, chance, "ledger_heads")
    (note,) = connection.execute("SELECT note FROM ledger_heads WHERE rowid = ?", (row,)).fetchone()
    origin, size = note.split("\n")[:2]
    forged = sign_head(Head(origin, int(size), secrets.token_bytes(32)), Ed25519PrivateKey.generate())
    connection.execute("UPDATE ledger_heads SET note = ? WHERE rowid = ?", (forged, row))
    return f"head row {row} signed with another key"


def add_a_back_dated_event(connection: sqlite3.Connection, chance: Random) -> str:
    """Slip in an event that opens to its leaf input, before one of the first, with or without a leaf at the end."""
    copied = one_of(connection, chance, "ledger_events", "body IS NOT NULL")
    columns = "operator_id, kind, recorded_at"
    operator, kind, at = connection.execute(
        f"SELECT {columns} FROM ledger_events WHERE rowid = ?",
        (copied,),
    ).fetchone()
    event, stream = uuid4(), uuid4()
    said = {"id": str(event), "kind": kind, "operator": operator, "stream": str(stream), "stream_seq": 1, "prev": None}
    leaf = make_leaf(said | {"at": at, "actor": "key:x", "facts": {}})
    connection.execute(
        "INSERT INTO ledger_events (operator_id, id, stream, stream_seq, prev, kind, body, salt, leaf_input, recorded_at) "
        "VALUES (?, ?, ?, 1, NULL, ?, ?, ?, ?, ?)",
        (operator, event.hex, stream.hex, kind, leaf.body, leaf.salt, leaf.leaf_input, at),
    )
    return f"event {event} of {at}"


def delete_heads(connection: sqlite3.Connection, chance: Random) -> str:
    """Delete some heads, or all of them."""
    if chance.random() < 0.3:
        connection.execute("DELETE FROM ledger_heads")
        return "all heads"
    row = one_of(connection, chance, "ledger_heads")
    connection.execute("DELETE FROM ledger_heads WHERE rowid = ?", (row,))
    return f"head row {row}"


def say_that_heads_were_signed_earlier(connection: sqlite3.Connection, chance: Random) -> str:
    row = one_of(connection, chance, "ledger_heads")
    connection.execute(
        "UPDATE ledger_heads SET signed_at = '2026-11-23T05:00:00.000000Z' WHERE rowid = ? OR ?",
        (row, chance.random() < 0.3),
    )
    return f"head row {row} or all"


def slip_in_a_log(connection: sqlite3.Connection, chance: Random) -> str:
    follows = connection.execute("SELECT note FROM ledger_heads ORDER BY tree_size DESC").fetchone()[0]
    connection.execute(
        "INSERT INTO ledger_epochs (epoch, origin, size, opened_at, signed_by, follows) VALUES (2, ?, 0, ?, 1, ?)",
        ("127.0.0.1/ledger/2", "2026-12-10T00:00:00.000000Z", chance.choice([None, follows])),
    )
    return "a log without an opening"


def say_that_a_proof_was_over(connection: sqlite3.Connection, chance: Random) -> str:
    """Empty a stream, with an event that says so and names no erasure, or that of another person."""
    columns = "operator_id, stream, recorded_at"
    operator, stream, at = connection.execute(
        f"SELECT {columns} FROM ledger_events WHERE rowid = ?",
        (one_of(connection, chance, "ledger_events", "body IS NOT NULL AND kind = 'consent_recorded'"),),
    ).fetchone()
    order = connection.execute("SELECT body FROM ledger_events WHERE kind = 'erasure_done'").fetchone()[0]
    leaves = connection.execute("SELECT leaf_input FROM ledger_events WHERE stream = ?", (stream,)).fetchall()
    facts = {
        "leaves": [leaf.hex() for (leaf,) in leaves],
        "order": chance.choice(["none", json.loads(order)["facts"]["order"]]),
        "subject": str(UUID(stream)),
        "evidence_until": "2026-01-01",
    }
    event, own = uuid4(), uuid4()
    said = {"id": str(event), "kind": "evidence_expired", "operator": operator, "stream": str(own), "stream_seq": 1}
    leaf = make_leaf(said | {"prev": None, "at": at, "actor": "system:x", "facts": facts})
    connection.execute(
        "UPDATE ledger_events SET body = NULL, salt = NULL, expired_at = ? WHERE stream = ?",
        (at, stream),
    )
    connection.execute(
        "INSERT INTO ledger_events (operator_id, id, stream, stream_seq, prev, kind, body, salt, leaf_input, recorded_at) "
        "VALUES (?, ?, ?, 1, NULL, 'evidence_expired', ?, ?, ?, ?)",
        (operator, event.hex, own.hex, leaf.body, leaf.salt, leaf.leaf_input, at),
    )
    connection.execute(  # what the trigger does, so that nothing else shows
        "INSERT INTO ledger_queue (operator_id, event_id, leaf_input, recorded_at) VALUES (?, ?, ?, ?)",
        (operator, event.hex, leaf.leaf_input, at),
    )
    return f"stream {stream}"


TAMPERINGS_BY_NAME = (
    change_a_byte,
    delete_a_row,
    delete_the_tail,
    swap_two_rows,
    empty_an_event,
    sign_with_another_key,
    add_a_back_dated_event,
    delete_heads,
    say_that_heads_were_signed_earlier,
    slip_in_a_log,
    say_that_a_proof_was_over,
)


def test_what_nobody_altered_fits(sealed: Path, tmp_path: Path) -> None:
    shutil.copy(sealed, tmp_path / "kelisim.db")

    verdict = verified(sealed, tmp_path)

    assert verdict.problems == []
    assert verdict.events > EVENTS - HEADS
    assert verdict.leaves == verdict.events - 1
    assert (verdict.waiting, verdict.heads, verdict.anchors) == (1, HEADS, HEADS)
    assert verdict.holes > 0


@pytest.mark.parametrize("tampering", TAMPERINGS_BY_NAME, ids=lambda one: one.__name__)
def test_every_tampering_is_found_and_its_place_named(sealed: Path, tmp_path: Path, tampering: Tampering) -> None:
    missed = []
    for seed in range(TAMPERINGS // len(TAMPERINGS_BY_NAME) + 1):
        shutil.copy(sealed, tmp_path / "kelisim.db")
        with closing(opened(tmp_path / "kelisim.db")) as connection:
            what = tampering(connection, Random(seed))  # noqa: S311 - repeatable on purpose
        verdict = verified(sealed, tmp_path)
        if not verdict.found or not all(problem.place for problem in verdict.problems):
            missed.append((seed, what))

    assert missed == []


def test_a_back_dated_event_that_was_sealed_late_is_told_from_the_heads_before_it(sealed: Path, tmp_path: Path) -> None:
    shutil.copy(sealed, tmp_path / "kelisim.db")
    with closing(sqlite3.connect(tmp_path / "kelisim.db", isolation_level=None)) as connection:
        add_a_back_dated_event(connection, Random(1))  # noqa: S311 - repeatable on purpose
    with on_copy(sealed, tmp_path) as house:
        run_now(house, find_job("ledger.seal"))
        run_now(house, find_job("ledger.publish"))

    verdict = verified(sealed, tmp_path)

    assert verdict.found == 1
    assert "earlier time than a head" in verdict.problems[0].what


@pytest.mark.parametrize("signed_earlier", [False, True])
def test_back_dating_shows_without_the_times_of_heads(sealed: Path, tmp_path: Path, signed_earlier: bool) -> None:
    shutil.copy(sealed, tmp_path / "kelisim.db")
    with closing(sqlite3.connect(tmp_path / "kelisim.db", isolation_level=None)) as connection:
        add_a_back_dated_event(connection, Random(1))  # noqa: S311 - repeatable on purpose
    with on_copy(sealed, tmp_path) as house:
        run_now(house, find_job("ledger.seal"))
        run_now(house, find_job("ledger.publish"))
    if signed_earlier:
        with closing(opened(tmp_path / "kelisim.db")) as connection:
            connection.execute("UPDATE ledger_heads SET signed_at = '2026-11-23T05:00:00.000000Z'")

    verdict = verified(sealed, tmp_path)

    assert any(problem.place.startswith("leaf ") for problem in verdict.problems)


def test_nothing_is_signed_when_the_folder_is_gone_until_the_operator_says_so(sealed: Path, tmp_path: Path) -> None:
    shutil.copy(sealed, tmp_path / "kelisim.db")
    with on_copy(sealed, tmp_path) as house:
        shutil.rmtree(house.settings.ledger_dir)
        with house.write(ACTOR) as uow, pytest.raises(LedgerError, match="adopt-folder"):
            publish(uow, house.settings.ledger_dir)
        with house.write(ACTOR) as uow:
            heads = adopt_folder(uow, house.settings.ledger_dir)
        with house.snapshot(ACTOR) as uow:
            for epoch, head in heads:
                export_head(uow.session, house.settings.ledger_dir, epoch, head)
        run_now(house, find_job("ledger.seal"))
        run_now(house, find_job("ledger.publish"))
        with house.snapshot(ACTOR) as uow:
            verdict = verify_evidence(uow, house.settings.ledger_dir, lambda _what, _count: None)
        with house.write(ACTOR) as uow, pytest.raises(LedgerError, match="not lost"):
            adopt_folder(uow, house.settings.ledger_dir)

    assert verdict.problems == []


@pytest.mark.parametrize("damage", ["", "x", "\n\n\n", "a\n1\nAAAA\n\n— a AAAA\n", "a\n-1\n\n", "é" * 100_000])
def test_a_head_that_is_none_is_said_to_be_none(damage: str) -> None:
    with pytest.raises(LedgerError):
        open_head(damage, "a", Ed25519PrivateKey.generate().public_key())
