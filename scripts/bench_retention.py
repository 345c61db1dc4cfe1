"""Sweeping due people out of our own tables on PostgreSQL: found, ordered, erased, read back, recorded.

The bare script runs the very statements of the service, batch by batch, with their parameters ready, on a copy of the
same database.  A table twice as large with as many people due shows what finding them costs.
"""

import json
import os
import pickle
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import psycopg  # noqa: E402 - the project is put on the path first
from sqlalchemy import create_engine, event, make_url, text  # noqa: E402

from consent_service.database import db  # noqa: E402
from consent_service.jobs.sweeper import Sweeper  # noqa: E402
from consent_service.kernel import db as kernel_db  # noqa: E402
from consent_service.kernel.db import copy_in  # noqa: E402
from consent_service.kernel.keys import epoch_prefix  # noqa: E402
from consent_service.kernel.uow import Actor  # noqa: E402
from consent_service.operators.service import set_rules  # noqa: E402
from consent_service.schema import migrate  # noqa: E402
from consent_service.services import services  # noqa: E402
from tests.databases import SEEDED_AT, app_on, from_wheel  # noqa: E402
from tests.factories import seed_policies  # noqa: E402

NOW = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
ACTOR = Actor("command", "bench")
SLUG, DOCUMENT, PURPOSE = "uof", "personal-data-agreement", "targeted_advertising"
PEOPLE = int(os.environ.get("BENCH_PEOPLE", "20000"))
STANDING = int(os.environ.get("BENCH_STANDING", "0"))  # people who are not due
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
LONGEST_ALLOWED_MS = 100
LOCKS = re.compile(r"INSERT |UPDATE |DELETE |WITH .*(INSERT|UPDATE|DELETE) |SELECT .* FOR UPDATE", re.DOTALL)

# Pseudonyms, consents and answers as the service writes them, ended by their term (``due``) or standing.
FILL = """
CREATE TEMP TABLE people AS
  SELECT gen_random_uuid() AS subject, gen_random_uuid() AS consent FROM generate_series(1, :count);
INSERT INTO subjects (operator_id, id, ref_index, ref_sealed, key_wrapped, created_at)
  SELECT :operator, subject, :epoch || uuid_send(gen_random_uuid()), uuid_send(gen_random_uuid()) || '\\x0102'::bytea,
    :epoch || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()), :given FROM people;
INSERT INTO subject_identifiers (operator_id, subject_id, kind, value_index, value_sealed, created_at)
  SELECT :operator, subject, 'phone', :epoch || uuid_send(gen_random_uuid()), uuid_send(gen_random_uuid()), :given
    FROM people;
INSERT INTO consents (operator_id, id, subject_id, document_id, version_id, language, text_sha256, text_kind, act,
    channel, evidence_grade, declarations, given_at, recorded_at, leaf_input)
  SELECT :operator, consent, subject, :document, :version, 'kk', repeat('0', 64), 'restatement', 'pressed', 'web',
    'site_attested', '{}', :given, :given, NULL FROM people;
INSERT INTO consent_choices (operator_id, consent_id, purpose_id, subject_id, granted, state, state_since, answered_at,
    ruled_at, needs_consent, expires_on, ends_at, renewal_offered_at, blocked_at, withdrawn_parts, is_current, ended_by)
  SELECT :operator, consent, :purpose, subject, true, :state, :since, :given, :given, true, NULL,
    CAST(:ended AS timestamptz), NULL, NULL, '{}', true, :ended_by FROM people;
INSERT INTO retention_clocks (operator_id, subject_id, look_on) SELECT :operator, subject, :look_on FROM people;
DROP TABLE people;
"""


def measure(people: int = PEOPLE, rounds: int = ROUNDS) -> dict[str, Any]:  # Any: JSON values
    """Sweep ``people`` due people some times, beside the bare script and beside a table twice as large."""
    found: dict[str, list[dict[str, Any]]] = {"own": [], "bare": [], "doubled": []}  # Any: as above
    with tempfile.TemporaryDirectory() as scratch, opened_server(Path(scratch)) as server:
        once = _filled(server, "once", people, STANDING)
        twice = _filled(server, "twice", people, people + 2 * STANDING)
        for _ in range(rounds):
            with copied(server, once) as url:
                found["own"].append(_in_a_process("sweep", url, server.keys))
            with copied(server, once) as url, copied(server, once) as other:
                found["bare"].append(_in_a_process("replay", url, server.keys, other))
            with copied(server, twice) as url:
                found["doubled"].append(_in_a_process("sweep", url, server.keys))
    own, bare, doubled = (_median(found[name]) for name in found)
    return {
        "people": people,
        "standing": STANDING,
        "rounds": rounds,
        "people_per_second": round(own["rate"]),
        "bare_per_second": round(bare["rate"]),
        "ratio_to_bare": round(own["rate"] / bare["rate"], 3),
        "doubled_table_takes": round(own["rate"] / doubled["rate"], 3),
        "batch_size": own["batch"],
        "longest_lock_ms": max(one["longest_ms"] for one in found["own"]),
        "locks_over_100_ms": max(one["too_long"] for one in found["own"]),
        "peak_mib": max(one["peak_mib"] for one in found["own"]),
    }


def sweep(url: str, folder: Path) -> dict[str, Any]:  # Any: JSON values
    """Let one worker do the whole run on a database; returns its rate, how long it held locks, and its memory."""
    took: list[float] = []
    with _opened(url, folder) as (sweeper, engine):
        _time_locks(engine, took)
        begun = time.perf_counter()
        sweeper.begin()
        (run,) = sweeper.open_runs()
        done, failed = sweeper.carry_on(run)
        seconds = time.perf_counter() - begun
        if failed or engine.connect().execute(text("SELECT count(*) FROM erased_subjects")).scalar_one() != done:
            raise RuntimeError("the run did not erase everybody who was due")
    return {
        "rate": done / seconds,
        "batch": round(2 * done / max(1, len(took))),
        "longest_ms": round(1000 * max(took)),
        "too_long": sum(one > LONGEST_ALLOWED_MS / 1000 for one in took),
        "peak_mib": _peak_mib(),
    }


def _peak_mib() -> int:
    """Return the most memory that this program had; ``getrusage`` counts what its parent had when it was started."""
    (peak,) = re.findall(r"^VmHWM:\s+(\d+) kB$", Path("/proc/self/status").read_text(), re.MULTILINE)
    return int(peak) // 1024


def replay(url: str, folder: Path, other: str) -> dict[str, Any]:  # Any: JSON values
    """Note the statements of a run on one database, and time a bare script that runs them on another.

    They are noted in a file, for a million people are more than fits into memory; reading it is not timed.
    """
    place, seconds = folder / f"{secrets.token_hex(4)}.statements", 0.0
    with _opened(url, folder) as (sweeper, engine), place.open("wb") as file:
        _note_statements(engine, file)
        sweeper.begin()
        (run,) = sweeper.open_runs()
        done, _ = sweeper.carry_on(run)
    plain = make_url(other).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, options="-c timezone=UTC") as connection, connection.cursor() as cursor:
        connection.prepare_threshold = 5
        for statement, parameters in _noted_in(place):
            begun = time.perf_counter()
            if not statement:
                connection.commit()
            elif statement.startswith("COPY"):
                with cursor.copy(statement) as copy:
                    for row in parameters:
                        copy.write_row(row)
            elif isinstance(parameters, list):
                cursor.executemany(statement, parameters)
            else:
                cursor.execute(statement, parameters)
                if cursor.description is not None:
                    cursor.fetchall()
            seconds += time.perf_counter() - begun
        erased = cursor.execute("SELECT count(*) FROM erased_subjects").fetchone()
    if erased is None or erased[0] != done:
        raise RuntimeError("the bare script did not erase everybody who was due")
    return {"rate": done / seconds}


class _Server:
    """A PostgreSQL server with the key file of its databases."""

    def __init__(self, url: str, keys: Path) -> None:
        self.url, self.keys = url, keys

    def run(self, statement: str) -> None:
        engine = create_engine(self.url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(statement))
        engine.dispose()

    def address(self, name: str) -> str:
        return make_url(self.url).set(database=name).render_as_string(hide_password=False)


@contextmanager
def opened_server(scratch: Path) -> Iterator[_Server]:
    """Yield the server that was given, or one of the wheel."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        yield _Server(given, scratch / "keys")
        return
    server = from_wheel(Path(tempfile.gettempdir()))
    try:
        yield _Server("postgresql+psycopg://" + server.get_uri().split("://", 1)[1], scratch / "keys")
    finally:
        server.cleanup()
        shutil.rmtree(server.pgdata.parent, ignore_errors=True)


def _filled(server: _Server, name: str, due: int, standing: int) -> str:
    """Make a database in which some people are due and others stand."""
    server.run(f'DROP DATABASE IF EXISTS "bench_{name}" WITH (FORCE)')
    server.run(f'CREATE DATABASE "bench_{name}"')
    url = server.address(f"bench_{name}")
    with app_on(url, server.keys, lambda: SEEDED_AT) as app:
        migrate(app)
        seed_policies(app)
    with app_on(url, server.keys, lambda: NOW) as app, app.app_context():
        with services().write(ACTOR) as unbound:
            uow = unbound.for_operator(seed_policies.number(unbound, SLUG))
            set_rules(uow, {"approve_erasures_over": 10**9})
            epoch, operator = epoch_prefix(uow.keys.epoch), uow.operator_id
        Sweeper(services(), ACTOR, operator).follow()  # nobody is there yet: only the rules are noted
        ended = "2026-11-22T19:00:00Z"
        over = {"state": "expired", "since": ended, "ended": ended, "ended_by": "consent_ended"}
        stands = {"state": "active", "since": ended, "ended": None, "ended_by": None}
        _fill(operator, epoch, due, "2026-11-23", over)
        _fill(operator, epoch, standing, "2030-01-01", stands)
    return f"bench_{name}"


def _fill(operator: int, epoch: bytes, count: int, look_on: str, ended: dict[str, Any]) -> None:  # Any: column values
    with db.engine.begin() as connection:
        names = connection.execute(
            text(
                "SELECT d.id AS document, v.id AS version, p.id AS purpose FROM documents d "
                "JOIN document_versions v ON v.document_id = d.id JOIN purposes p ON p.document_id = d.id "
                "WHERE d.operator_id = :operator AND d.slug = :slug AND p.code = :code"
            ),
            {"operator": operator, "slug": DOCUMENT, "code": PURPOSE},
        ).one()
        values = {
            "operator": operator, "epoch": epoch, "count": count, "look_on": look_on, "given": "2025-11-22T05:00:00Z",
            "document": names.document, "version": names.version, "purpose": names.purpose, **ended,
        }  # fmt: skip
        for statement in filter(str.strip, FILL.split(";")):
            used = {name: value for name, value in values.items() if f":{name}" in statement}
            connection.execute(text(statement.replace(":epoch", "CAST(:epoch AS bytea)")), used)
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))


@contextmanager
def copied(server: _Server, name: str) -> Iterator[str]:
    """Yield the address of a copy of a database."""
    other = f"{name}_{os.urandom(4).hex()}"
    server.run(f'CREATE DATABASE "{other}" TEMPLATE "{name}"')
    try:
        server.run("CHECKPOINT")
        yield server.address(other)
    finally:
        server.run(f'DROP DATABASE "{other}" WITH (FORCE)')


@contextmanager
def _opened(url: str, folder: Path) -> Iterator[tuple[Sweeper, Any]]:  # Any: an engine
    with app_on(url, folder, lambda: NOW) as app, app.app_context():
        with services().read(ACTOR) as unbound:
            operator = seed_policies.number(unbound, SLUG)
        yield Sweeper(services(), ACTOR, operator), db.engine


def _time_locks(engine: Any, took: list[float]) -> None:  # Any: as above
    since: list[float] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:  # Any: events
        if not since and LOCKS.match(statement):
            since.append(time.perf_counter())

    def free(*_connection: Any) -> None:  # Any: as above; the database has answered that it has committed
        took.extend(time.perf_counter() - begun for begun in since)
        since.clear()

    event.listen(engine, "before_cursor_execute", note)
    event.listen(engine, "checkin", free)


def _note_statements(engine: Any, noted: BinaryIO) -> None:  # Any: as above
    def write(statement: str, parameters: Any) -> None:  # Any: parameters as the driver takes them
        pickle.dump((statement, parameters), noted)

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:  # Any: events
        write(statement, parameters)

    def note_copy(session: Any, statement: str, rows: Any) -> None:  # Any: as copy_in has them
        write(statement, rows)
        copy_in(session, statement, rows)

    kernel_db.copy_in = note_copy
    event.listen(engine, "before_cursor_execute", note)
    event.listen(engine, "commit", lambda _connection: write("", None))


def _noted_in(place: Path) -> Iterator[tuple[str, Any]]:  # Any: as above
    with place.open("rb") as file:
        while file.peek(1):
            yield pickle.load(file)  # noqa: S301 - this program has just written it
    place.unlink()


def _in_a_process(what: str, *arguments: object) -> dict[str, Any]:  # Any: JSON values
    answered = subprocess.run(
        [sys.executable, __file__, what, *map(str, arguments)], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True
    )
    read: dict[str, Any] = json.loads(answered.stdout.splitlines()[-1])  # Any: as above
    return read


def _median(rounds: list[dict[str, Any]]) -> dict[str, Any]:  # Any: JSON values
    return sorted(rounds, key=lambda one: one["rate"])[len(rounds) // 2]


if __name__ == "__main__":
    if sys.argv[1:2] == ["sweep"]:
        print(json.dumps(sweep(sys.argv[2], Path(sys.argv[3]))))
    elif sys.argv[1:2] == ["replay"]:
        print(json.dumps(replay(sys.argv[2], Path(sys.argv[3]), sys.argv[4])))
    else:
        print(json.dumps(measure(), indent=2))
