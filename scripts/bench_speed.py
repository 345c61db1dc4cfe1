"""How fast the two requests are that come all the time, as ratios to what could be at best in the same run.

On a database of its own it starts the service with two web processes and, beside it, a bare Flask endpoint on the same
server, and measures in turns: the floor, then the request.  Against a service that is deployed (``--base-url`` and
``--key``) it measures the requests beside ``/healthz`` of the same service.
"""

import json
import secrets
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from sqlalchemy import Engine, text

from scripts import bench_floor
from scripts.bench_service import PURPOSES, Target
from scripts.load import Measured, drive, get, post

CLIENTS, MANY_CLIENTS = 8, 16
PEOPLE = 2000


@dataclass
class Run:
    """What was measured in one run, by name."""

    loads: dict[str, Measured] = field(default_factory=dict)
    floors: dict[str, list[float]] = field(default_factory=dict)

    def load(self, name: str, base_url: str, request: Callable[[int], bytes], clients: int, seconds: float) -> None:
        """Load with one kind of request for a while."""
        drive(base_url, request, clients, seconds, self.loads.setdefault(name, Measured()))

    def floor(self, name: str, rate: float) -> None:
        """Note what was possible at best in this round."""
        self.floors.setdefault(name, []).append(rate)


class Requests:
    """The requests that are sent to a target, as bytes by number."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._people, self._host = secrets.token_hex(5), urlsplit(target.base_url).netloc
        self._headers = {"Authorization": f"Bearer {target.key}"}
        self._sent = iter(range(10**9))

    def record(self, _number: int, *, with_key: bool = False) -> bytes:
        """Record a consent of somebody new."""
        number, people = next(self._sent), self._people
        body = {
            "document": self._target.document,
            "subject": {"ref": f"{people}-{number}", "identifiers": {"email": f"{people}.{number}@example.kz"}},
            "language": "kk",
            "choices": [{"purpose": self._target.purpose, "granted": True}],
            "channel": "web",
        }
        more = {"Idempotency-Key": f"{people}-{number}-{secrets.token_hex(8)}"} if with_key else {}
        return post(self._host, "/api/v1/consents", self._headers | more, json.dumps(body).encode())

    def record_with_key(self, number: int) -> bytes:
        """Record with an idempotency key."""
        return self.record(number, with_key=True)

    def check(self, number: int) -> bytes:
        """Ask for one permission of somebody who was recorded."""
        query = urlencode({"subject": f"{self._people}-{number % PEOPLE}", "purpose": self._target.purpose})
        return get(self._host, f"/api/v1/permissions?{query}", self._headers)

    def wide(self, count: int) -> Callable[[int], bytes]:
        """Ask for so many permissions of one person."""
        names = [("purpose", name) for name in self._target.many[:count]]
        query = urlencode([("subject", f"{self._people}-wide"), *names])
        headers = {"Authorization": f"Bearer {self._target.wide_key}"}
        line = get(self._host, f"/api/v1/permissions?{query}", headers)
        return lambda _number: line

    def bare(self, _number: int) -> bytes:
        """Ask the bare endpoint."""
        return get(urlsplit(self._target.bare_url).netloc, self._target.bare_path)


def measure(target: Target, rounds: int, seconds: float) -> dict[str, Any]:  # Any: JSON values
    """Measure a target in turns, round by round, and return the rows of the table."""
    send, run = Requests(target), Run()
    _warm(target, send)
    rows = None if target.engine is None else bench_floor.rows_of_last_consent(target.engine)
    before, stored = _memory(target.web), _stored(target.engine)
    for number in range(rounds):
        print(f"round {number + 1} of {rounds}", file=sys.stderr, flush=True)
        if rows is not None and target.engine is not None:
            for name, rate in _floors(target.engine, rows, number, seconds):
                run.floor(name, rate)
        run.load("recording", target.base_url, send.record, CLIENTS, seconds)
        run.load("recording, with a key", target.base_url, send.record_with_key, CLIENTS, seconds)
        if target.unledgered_url:
            pair = [("recording, 16 clients", target.base_url)]
            pair.insert(number % 2, ("recording, 16 clients, no ledger", target.unledgered_url))  # each first in turn
            for name, url in pair:
                run.load(name, url, send.record, MANY_CLIENTS, seconds)
        run.load("bare Flask", target.bare_url, send.bare, CLIENTS, seconds)
        run.load("permission check", target.base_url, send.check, CLIENTS, seconds)
        run.load("check of one", target.base_url, send.wide(1), 1, seconds / 2)
        run.load("check of a hundred", target.base_url, send.wide(PURPOSES), 1, seconds / 2)
    return _table(run, before, _memory(target.web)) | _bytes_of_a_consent(stored, _stored(target.engine))


def _warm(target: Target, send: Requests) -> None:
    """Let the processes keep what they keep, and record the people who are asked for."""
    if target.unledgered_url:  # first, since the last consent is the pattern of the floor
        drive(target.unledgered_url, send.record, MANY_CLIENTS, 1.0, Measured())
    for load in (send.record, send.check, send.wide(1), send.wide(PURPOSES)):
        drive(target.base_url, load, CLIENTS, 1.0, Measured())
    if target.engine is not None:
        _note_sizes(target.engine)


def _stored(engine: Engine | None) -> tuple[int, int]:
    """Return the bytes of the database, and how many consents are in it; none where it cannot be seen."""
    if engine is None or engine.dialect.name != "postgresql":
        return 0, 0
    with engine.connect() as connection:
        asked = "SELECT pg_database_size(current_database()), (SELECT count(*) FROM consents)"
        size, consents = connection.execute(text(asked)).one()
    return size, consents


def _bytes_of_a_consent(before: tuple[int, int], after: tuple[int, int]) -> dict[str, int]:
    """Return what one more consent of somebody new takes on the disk, with its event, answer and indexes."""
    if after[1] == before[1]:
        return {}
    return {"bytes_of_a_consent": round((after[0] - before[0]) / (after[1] - before[1]))}


def _note_sizes(engine: Engine) -> None:
    """Do at once what the database does by itself within a minute: note how large its tables have become."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))


def _floors(
    engine: Engine,
    rows: dict[str, dict[str, Any]],
    number: int,
    seconds: float,  # Any: values of the driver
) -> Iterator[tuple[str, float]]:
    own = number + secrets.randbelow(1 << 20) * 1000
    if engine.dialect.name == "postgresql":
        yield "pgbench", bench_floor.pgbench(engine, rows, own, seconds)
    else:
        path = Path(str(engine.url.database))
        yield "bare loop, writing", bench_floor.sqlite_loop(path, rows, own, seconds)
        yield "bare loop, reading", bench_floor.sqlite_reads(path, seconds)


def _table(run: Run, before: int, after: int) -> dict[str, Any]:  # Any: JSON values
    """Return the rows: the ratio of each round to its floor, and what is owed."""
    rates = {name: load.rates for name, load in run.loads.items()} | run.floors
    reads = "bare loop, reading" if "bare loop, reading" in run.floors else "bare Flask"
    writes = next((name for name in ("pgbench", "bare loop, writing") if name in run.floors), "bare Flask")
    hundred, one = (run.loads[name] for name in ("check of a hundred", "check of one"))
    table: dict[str, Any] = {  # Any: as above
        "recording": _ratio(rates, "recording", writes) | {"reach": 0.35, "aim": 0.6},
        "recording, with a key": _ratio(rates, "recording, with a key", writes),
        "permission check": _ratio(rates, "permission check", reads) | {"reach": 0.35, "aim": 0.6},
        "check of a hundred": {
            "beside": "check of one",
            "times": _spread([many / single for many, single in zip(one.rates, hundred.rates, strict=True)]),
            "reach": 4,
            "aim": 2,
        },
    }
    if "recording, 16 clients, no ledger" in rates:
        ledger = _ratio(rates, "recording, 16 clients", "recording, 16 clients, no ledger")
        table["recording, with the ledger"] = ledger | {"reach": 0.85}
    if before:
        table["memory"] = {"beside": "its start", "times": round(after / before, 2), "MiB": after >> 20, "reach": 1.5}
    loads = {
        name: {
            "requests_per_second": _spread(load.rates, 0),
            "p50_ms": load.quantile_ms(0.5),
            "p99_ms": load.quantile_ms(0.99),
            "errors": load.errors,
            "problem": load.problem,
        }
        for name, load in run.loads.items()
    }
    return {"table": table, "loads": loads, "floors": {name: _spread(found, 0) for name, found in run.floors.items()}}


def _ratio(rates: dict[str, list[float]], name: str, floor: str) -> dict[str, Any]:  # Any: JSON values
    return {
        "beside": floor,
        "ratio": _spread([mine / best for mine, best in zip(rates[name], rates[floor], strict=True)]),
    }


def _spread(found: list[float], digits: int = 3) -> list[float]:
    """Return the median, the least and the most."""
    return [round(one, digits) for one in (statistics.median(found), min(found), max(found))]


def _memory(web: subprocess.Popen[bytes] | None) -> int:
    """Return the resident memory of the largest web process in bytes; 0 where it cannot be seen."""
    if web is None or not Path("/proc").is_dir():
        return 0
    kept = 0
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            found = dict(line.split(":", 1) for line in status.read_text().splitlines() if ":" in line)
        except OSError:
            continue
        if int(found["PPid"]) == web.pid and "VmRSS" in found:
            kept = max(kept, int(found["VmRSS"].split()[0]) << 10)
    return kept


def facts(engine: Engine | None) -> dict[str, str]:
    """Return on which database it was measured."""
    if engine is None:
        return {"database": "a deployed service"}
    return {"database": f"{engine.dialect.name} {_version(engine)}"}


def _version(engine: Engine) -> str:
    statement = "SELECT sqlite_version()" if engine.dialect.name == "sqlite" else "SHOW server_version"
    with engine.connect() as connection:
        return str(connection.execute(text(statement)).scalar_one())
