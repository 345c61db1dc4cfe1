"""Importing former consents from NDJSON on PostgreSQL, beside a binary COPY of the very rows that it wrote.

Each line is a new person with an address and one answer: a person, an identifier, an event, a consent, a choice.  The
COPY loads these rows into the same tables, with their indexes, keys and triggers, in one transaction.
"""

import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import psycopg  # noqa: E402 - the project is put on the path first
from sqlalchemy import make_url  # noqa: E402

from consent_service.api.v1.imported_lines import reader  # noqa: E402
from consent_service.imports.service import import_file  # noqa: E402
from consent_service.imports.source import opened  # noqa: E402
from consent_service.kernel.uow import Actor  # noqa: E402
from consent_service.schema import migrate  # noqa: E402
from consent_service.services import services  # noqa: E402
from scripts.bench_retention import copied, opened_server  # noqa: E402
from tests.databases import SEEDED_AT, app_on  # noqa: E402
from tests.factories import seed_policies  # noqa: E402

NOW = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
FIRST = datetime(2026, 1, 2, tzinfo=UTC)
ACTOR = Actor("command", "bench")
SLUG, DOCUMENT, PURPOSE = "uof", "personal-data-agreement", "targeted_advertising"
LINES = int(os.environ.get("BENCH_IMPORT_LINES", "1000000"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
TABLES = ("subjects", "subject_identifiers", "ledger_events", "consents", "consent_choices")
WRITTEN = " WHERE kind = 'consent_recorded'"  # save what made the operators


def measure(lines: int = LINES, rounds: int = ROUNDS) -> dict[str, Any]:  # Any: JSON values
    """Import a file and copy its rows, in turns."""
    with tempfile.TemporaryDirectory() as scratch, opened_server(Path(scratch)) as server:
        file = Path(scratch) / "consents.ndjson"
        with file.open("w") as written:
            written.writelines(_lines(lines))
        server.run('CREATE DATABASE "bench_imports"')
        with app_on(server.address("bench_imports"), server.keys, lambda: SEEDED_AT) as app:
            migrate(app)
            seed_policies(app)
        own, bare = [], []
        for _ in range(rounds):
            with copied(server, "bench_imports") as url:
                own.append(lines / _import(url, server.keys, file))
                _copy_out(url, Path(scratch))
            with copied(server, "bench_imports") as url:
                bare.append(lines / _copy_in(url, Path(scratch)))
    return {
        "lines": lines,
        "rounds": rounds,
        "lines_per_second": round(statistics.median(own)),
        "copied_per_second": round(statistics.median(bare)),
        "ratio_to_copy": round(statistics.median(own) / statistics.median(bare), 3),
    }


def _lines(count: int) -> Iterator[str]:
    step = timedelta(days=300) / count
    for number in range(count):
        line = {
            "document": DOCUMENT,
            "subject": {"ref": f"former-{number}", "identifiers": {"email": f"former.{number}@example.kz"}},
            "language": "kk",
            "channel": "web",
            "given_at": (FIRST + number * step).isoformat(),
            "choices": [{"purpose": PURPOSE, "granted": True}],
        }
        yield json.dumps(line) + "\n"


def _import(url: str, keys: Path, file: Path) -> float:
    with app_on(url, keys, lambda: NOW) as app, app.app_context(), opened(file, None) as source:
        house = services()
        with house.read(ACTOR) as unbound:
            number = seed_policies.number(unbound, SLUG)
        begun = time.perf_counter()
        write = partial(house.write, ACTOR, number)
        journal = import_file(write, source, reader(), house.law.calendar, lambda _line, _byte: None)
        took = time.perf_counter() - begun
    if journal.refused or journal.known:
        raise RuntimeError("not every line was imported")
    return took


def _copy_out(url: str, folder: Path) -> None:
    with psycopg.connect(_address(url)) as connection, connection.cursor() as cursor:
        for table in TABLES:
            rows = f"SELECT * FROM {table}" + (WRITTEN if table == "ledger_events" else "")  # noqa: S608 - our own names
            with (folder / table).open("wb") as file, cursor.copy(f"COPY ({rows}) TO STDOUT (FORMAT binary)") as copy:
                for part in copy:
                    file.write(part)


def _copy_in(url: str, folder: Path) -> float:
    begun = time.perf_counter()
    with psycopg.connect(_address(url)) as connection, connection.cursor() as cursor:
        for table in TABLES:
            with (folder / table).open("rb") as file, cursor.copy(f"COPY {table} FROM STDIN (FORMAT binary)") as copy:
                while part := file.read(1 << 16):
                    copy.write(part)
    return time.perf_counter() - begun


def _address(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


if __name__ == "__main__":
    print(measure(int(sys.argv[1]) if len(sys.argv) > 1 else LINES))
