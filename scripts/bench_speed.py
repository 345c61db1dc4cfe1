"""How fast the two requests are that come all the time, as ratios to what could be at best in the same run.

On a database of its own it starts the service with two web processes and, beside it, a bare Flask endpoint on the same
server, and measures in turns: the floor, then the request.  Against a service that is deployed (``--base-url`` and
``--key``) it measures the requests beside ``/healthz`` of the same service.
"""

import json
import os
import secrets
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from sqlalchemy import Engine, create_engine, text

from consent_service.app import create_app
from consent_service.cli.first_run import prepare
from consent_service.config import ROOT, Settings
from consent_service.schema import migrate
from scripts import bench_floor
from scripts.load import Measured, drive, get, post
from tests.databases import from_wheel

CLIENTS = 8
WORKERS = "2"
PURPOSES = 100
PEOPLE = 2000
BARE = """
from flask import Flask, jsonify
application = Flask("bare")
@application.get("/bare")
def bare():
    return jsonify(allowed=True)
"""


@dataclass(frozen=True)
class Target:
    """A service that is measured: its addresses, a key, what is recorded and asked there."""

    base_url: str
    bare_url: str
    bare_path: str
    key: str
    document: str
    purpose: str
    many: list[str]
    wide_key: str  # of the operator that has many purposes
    unledgered_url: str = ""
    engine: Engine | None = None
    web: subprocess.Popen[bytes] | None = None


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


def measure(target: Target, rounds: int, seconds: float) -> dict[str, Any]:  # Any: JSON values
    """Measure a target in turns, round by round, and return the rows of the table."""
    people, host = secrets.token_hex(5), urlsplit(target.base_url).netloc
    headers = {"Authorization": f"Bearer {target.key}"}
    sent = iter(range(10**9))

    def bare(_number: int) -> bytes:
        return get(urlsplit(target.bare_url).netloc, target.bare_path)

    def record(_number: int, *, with_key: bool = False) -> bytes:
        number = next(sent)
        body = {
            "document": target.document,
            "subject": {"ref": f"{people}-{number}", "identifiers": {"email": f"{people}.{number}@example.kz"}},
            "language": "kk",
            "choices": [{"purpose": target.purpose, "granted": True}],
            "channel": "web",
        }
        more = {"Idempotency-Key": f"{people}-{number}-{secrets.token_hex(8)}"} if with_key else {}
        return post(host, "/api/v1/consents", headers | more, json.dumps(body).encode())

    def check(number: int) -> bytes:
        query = urlencode({"subject": f"{people}-{number % PEOPLE}", "purpose": target.purpose})
        return get(host, f"/api/v1/permissions?{query}", headers)

    def wide(count: int) -> Callable[[int], bytes]:
        query = urlencode([("subject", f"{people}-wide"), *(("purpose", name) for name in target.many[:count])])
        line = get(host, f"/api/v1/permissions?{query}", {"Authorization": f"Bearer {target.wide_key}"})
        return lambda _number: line

    run = Run()
    for load in (record, check, wide(1), wide(PURPOSES)):  # warms what a process keeps; checked people are recorded
        drive(target.base_url, load, CLIENTS, 1.0, Measured())
    rows = None if target.engine is None else bench_floor.rows_of_last_consent(target.engine)
    before = _memory(target.web)
    for number in range(rounds):
        print(f"round {number + 1} of {rounds}", file=sys.stderr, flush=True)
        if rows is not None and target.engine is not None:
            for name, rate in _floors(target.engine, rows, number, seconds):
                run.floor(name, rate)
        run.load("recording", target.base_url, record, CLIENTS, seconds)
        run.load("recording, with a key", target.base_url, lambda n: record(n, with_key=True), CLIENTS, seconds)
        if target.unledgered_url:
            run.load("recording, no ledger", target.unledgered_url, record, CLIENTS, seconds)
        run.load("bare Flask", target.bare_url, bare, CLIENTS, seconds)
        run.load("permission check", target.base_url, check, CLIENTS, seconds)
        run.load("check of one", target.base_url, wide(1), 1, seconds / 2)
        run.load("check of a hundred", target.base_url, wide(PURPOSES), 1, seconds / 2)
    return _table(run, before, _memory(target.web))


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
    if "recording, no ledger" in rates:
        table["recording, with the ledger"] = _ratio(rates, "recording", "recording, no ledger")
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


@contextmanager
def own_service(kind: str) -> Iterator[Target]:
    """Start the service on a fresh database (``sqlite``, ``postgresql``, or the address of an empty one)."""
    with tempfile.TemporaryDirectory(prefix="kelisim-bench-", ignore_cleanup_errors=True) as scratch:
        place = Path(scratch)
        place.chmod(0o755)  # the server of PostgreSQL runs as a user of its own
        server = from_wheel(place) if kind == "postgresql" else None
        url = kind if "://" in kind else f"sqlite:///{place / 'kelisim.db'}"
        if server is not None:
            url = "postgresql+psycopg://" + server.get_uri().split("://", 1)[1]
        try:
            with _serving(url, place) as target:
                yield target
        finally:
            if server is not None:
                server.cleanup()


@contextmanager
def _serving(url: str, place: Path) -> Iterator[Target]:
    port, bare_port, other_port = free_port(), free_port(), free_port()
    environ = {
        **os.environ,
        "DATA_DIR": str(place / "instance"),
        "DATABASE_URL": url,
        "PORT": str(port),
        "LOG_LEVEL": "error",
        "POLICIES_DIR": str(_policies(place)),
        "WEB_WORKERS": os.environ.get("WEB_WORKERS", WORKERS),
    }
    settings = Settings.from_env(environ)
    app = create_app(settings)
    migrate(app)
    prepare(app, settings)
    (place / "bare.py").write_text(BARE)
    server = [
        sys.executable,
        "-m",
        "granian",
        "--interface",
        "wsgi",
        "--no-log",
        "--workers",
        str(settings.web_workers),
    ]
    bare = [*server, "--blocking-threads", str(settings.web_threads), "--port", str(bare_port), "bare:application"]
    started = [
        subprocess.Popen([sys.executable, "-m", "consent_service", "serve"], cwd=ROOT, env=environ),
        subprocess.Popen(bare, cwd=place),
        subprocess.Popen([*server, "--port", str(other_port), "scripts.unledgered:application"], cwd=ROOT, env=environ),
    ]
    engine = create_engine(url)
    try:
        base, bare_url = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{bare_port}"
        wait_for(f"{base}/readyz")
        wait_for(f"{bare_url}/bare")
        other_url = f"http://127.0.0.1:{other_port}"
        wait_for(f"{other_url}/readyz")
        keys = {
            slug: one["secret_key"]
            for slug, one in json.loads((settings.data_dir / "demo.json").read_text())["operators"].items()
        }
        many = [f"course-consent#{code}" for code in _codes()]
        document, purpose = "personal-data-agreement", "targeted_advertising"
        yield Target(
            base, bare_url, "/bare", keys["uof"], document, purpose, many, keys["ulgi"], other_url, engine, started[0]
        )
    finally:
        for process in started:
            process.terminate()
            process.wait()
        engine.dispose()


def _policies(place: Path) -> Path:
    """Copy the operators of the project, and one of the tests whose document has a hundred purposes."""
    folder = place / "policies"
    shutil.copytree(ROOT / "policies", folder)
    shutil.copytree(ROOT / "tests" / "policies" / "ulgi", folder / "ulgi")
    (terms,) = (folder / "ulgi").glob("*/*/terms.yaml")
    said = terms.read_text()
    begin, end = said.index("  - code: certificate"), said.index("change:")
    one = said[said.index("  - code: course_news") : end]
    terms.write_text(said[:begin] + "".join(one.replace("course_news", code) for code in _codes()) + said[end:])
    operator = folder / "ulgi" / "operator.yaml"
    operator.write_text(
        operator.read_text().replace('sites: ["https://ulgi.example"]', "sites: []")
    )  # a form is smaller
    return folder


def _codes() -> list[str]:
    return [f"news_{number}" for number in range(PURPOSES)]


def deployed(base_url: str, key: str, document: str, purpose: str) -> Target:
    """Return a service that runs somewhere; what is recorded there stays."""
    return Target(
        base_url.rstrip("/"), base_url.rstrip("/"), "/healthz", key, document, purpose, [purpose] * PURPOSES, key
    )


def facts(engine: Engine | None) -> dict[str, str]:
    """Return on which database it was measured."""
    if engine is None:
        return {"database": "a deployed service"}
    return {"database": f"{engine.dialect.name} {_version(engine)}"}


def _version(engine: Engine) -> str:
    statement = "SELECT sqlite_version()" if engine.dialect.name == "sqlite" else "SHOW server_version"
    with engine.connect() as connection:
        return str(connection.execute(text(statement)).scalar_one())


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def wait_for(url: str) -> None:
    """Wait until an address answers.

    Raises:
        TimeoutError: It does not within half a minute.
    """
    for _ in range(300):
        try:
            urllib.request.urlopen(url, timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError(url)
