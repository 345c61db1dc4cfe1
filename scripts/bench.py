"""The benchmark: recording a consent and checking a permission, beside a bare Flask endpoint on the same server.

Everything is measured in one run, interleaved; the ratios count, not the absolute figures.  The last line is one JSON
document.  ``DATABASE_URL`` chooses the database; SQLite in a scratch folder when it is not set.
"""

import http.client
import json
import os
import platform
import secrets
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from consent_service.config import Settings  # noqa: E402 - the project is put on the path first
from scripts import bench_connectors, bench_dates, bench_field, bench_ledger, bench_lists, bench_retention  # noqa: E402

CLIENTS = 8
MANY_CLIENTS = 16
SECONDS = float(os.environ.get("BENCH_SECONDS", "5"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
BARE_SERVER = [sys.executable, "-m", "granian", "--interface", "wsgi", "--no-log"]
BARE = """
from flask import Flask, jsonify
application = Flask("bare")
@application.get("/bare")
def bare():
    return jsonify(allowed=True)
"""


@dataclass
class Load:
    """A kind of request: how to send one."""

    name: str
    port: int
    send: Callable[[http.client.HTTPConnection, int], tuple[int, bytes]]
    clients: int = CLIENTS
    latencies: list[float] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)
    errors: int = 0
    problem: str = ""  # the first answer that was an error


def run(load: Load, seconds: float) -> None:
    """Send requests from several clients for a while and add what was measured."""
    stop = time.perf_counter() + seconds
    found: list[list[float]] = [[] for _ in range(load.clients)]

    def client(place: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", load.port, timeout=30)
        number = place
        while time.perf_counter() < stop:
            begin = time.perf_counter()
            status, body = load.send(connection, number)
            found[place].append(time.perf_counter() - begin)
            if status >= 400:
                load.errors += 1
                load.problem = load.problem or body.decode(errors="replace")[:500]
            number += load.clients
        connection.close()

    threads = [threading.Thread(target=client, args=(place,)) for place in range(load.clients)]
    begin = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - begin
    times = [one for mine in found for one in mine]
    load.latencies += times
    load.rates.append(len(times) / took)


def summary(load: Load, bare: Load) -> dict[str, object]:
    """Return requests a second, latencies in milliseconds, and the ratio to the bare endpoint, round by round."""
    ordered = sorted(load.latencies)
    ratios = [mine / other for mine, other in zip(load.rates, bare.rates, strict=True)]
    return {
        "requests_per_second": round(statistics.median(load.rates), 1),
        "spread": [round(min(load.rates), 1), round(max(load.rates), 1)],
        "p50_ms": round(1000 * ordered[len(ordered) // 2], 2),
        "p99_ms": round(1000 * ordered[int(len(ordered) * 0.99)], 2),
        "ratio_to_bare": round(statistics.median(ratios), 3),
        "errors": load.errors,
    }


def main() -> int:
    """Start the service and a bare application on the same server, measure both in turns, print the result."""
    port, bare_port, other_port = _free_port(), _free_port(), _free_port()
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        (place / "bare.py").write_text(BARE)
        environ = {**os.environ, "DATA_DIR": scratch, "PORT": str(port), "SHOP_PORT": "0", "LOG_LEVEL": "error"}
        service = subprocess.Popen(
            [sys.executable, "-m", "consent_service", "run"], cwd=ROOT, env=environ, stdout=subprocess.PIPE, text=True
        )
        bare = subprocess.Popen(
            [*BARE_SERVER, "--port", str(bare_port), "--blocking-threads", str(CLIENTS), "bare:application"],
            cwd=place,
        )
        unledgered = None
        try:
            if not any(line.startswith("READY") for line in service.stdout or ()):
                return 1
            _wait(f"http://127.0.0.1:{bare_port}/bare")
            demo = json.loads((place / "demo.json").read_text())
            settings = Settings.from_env(environ)
            servers = ("--workers", str(settings.web_workers), "--blocking-threads", str(settings.web_threads))
            unledgered = subprocess.Popen(
                [*BARE_SERVER, "--port", str(other_port), *servers, "scripts.unledgered:application"],
                cwd=ROOT,
                env=environ,
            )
            _wait(f"http://127.0.0.1:{other_port}/healthz")
            loads = _loads(demo["operators"]["uof"]["secret_key"], port, bare_port, other_port)
            for load in loads:
                run(load, 1.0)
                load.latencies, load.rates = [], []
            for number in range(ROUNDS):
                print(f"round {number + 1} of {ROUNDS}", file=sys.stderr, flush=True)
                for load in loads:
                    run(load, SECONDS)
        finally:
            for process in (service, bare, unledgered):
                if process is not None:
                    process.terminate()
                    process.wait()
    database = urlsplit(os.environ.get("DATABASE_URL", "sqlite:")).scheme
    result = {
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}",
        "database": database,
        "clients": CLIENTS,
        "rounds": ROUNDS,
        "seconds": SECONDS,
        "results": {load.name: summary(load, loads[0]) for load in loads},
    }
    on, off = loads[-2:]
    kept = statistics.median(mine / other for mine, other in zip(on.rates, off.rates, strict=True))
    result["recording_kept_with_ledger"] = round(kept, 3)
    for name, row in result["results"].items():  # type: ignore[attr-defined]  # a dictionary, two lines above
        print(f"{name:<18} {row['requests_per_second']:>8} requests/s  p50 {row['p50_ms']} ms  "
              f"p99 {row['p99_ms']} ms  ratio {row['ratio_to_bare']}")  # fmt: skip
    print(f"with the ledger    {kept:>8.0%} of the rate without it, at {MANY_CLIENTS} clients")
    print("a million open dates", file=sys.stderr, flush=True)
    dates = result["dates"] = bench_dates.measure()
    memory = f"{dates['peak_mib_after_a_tenth']} MiB after a tenth, {dates['peak_mib_at_the_end']} MiB at the end"
    print(f"open dates again   {dates['duties_per_second']:>8} duties/s    peak memory {memory}")
    print("a log of a million leaves", file=sys.stderr, flush=True)
    log = result["ledger"] = bench_ledger.measure()
    print(f"sealing            {log['sealed_per_second']:>8} leaves/s    a proof {log['proof_ms_median']} ms, "
          f"a receipt {log['receipt_signing_us']} us, offline check {log['offline_check_seconds']} s")  # fmt: skip
    _measure_erasing(result)
    _measure_lists(result)
    _measure_field(result)
    for load in loads:
        if load.problem:
            print(f"{load.name}: {load.errors} errors, the first: {load.problem}", file=sys.stderr)
    print(json.dumps(result))
    return 1 if any(load.errors for load in loads) else 0


def _measure_erasing(result: dict[str, Any]) -> None:  # Any: JSON values
    """Measure erasing in an operator's database, by orders, and by runs of retention."""
    print("people in an operator's database", file=sys.stderr, flush=True)
    there = result["connectors"] = bench_connectors.measure()
    print(f"erasing elsewhere  {there['people_per_second']:>8} people/s    {there['rows']} rows of three tables, "
          f"{there['spread'][0]} to {there['spread'][1]} a batch of {there['batch']}")  # fmt: skip
    road = there["road"]
    print(f"by orders          {road['people_per_second']:>8} people/s    {road['places_outside_people_per_second']} "
          f"elsewhere, {road['own_tables_people_per_second']} in our own tables, each with its act")  # fmt: skip
    print("people whose storage is over", file=sys.stderr, flush=True)
    swept = result["retention"] = bench_retention.measure()
    print(f"sweeping           {swept['people_per_second']:>8} people/s    {swept['ratio_to_bare']} of the bare rate, "
          f"in a table twice as large {swept['doubled_table_takes']} times as long, "
          f"locks {swept['longest_lock_ms']} ms at most, peak memory {swept['peak_mib']} MiB")  # fmt: skip


def _measure_lists(result: dict[str, Any]) -> None:  # Any: JSON values
    """Measure the pages of lists with all rows and with a tenth of them."""
    print("lists of a million consents", file=sys.stderr, flush=True)
    lists = result["lists"] = bench_lists.measure()
    print(f"lists              {lists['slowest_ms']:>8} ms          the slowest ({lists['slowest']}), with ten times "
          f"the rows {lists['worst_ratio']} times as long at most")  # fmt: skip


def _measure_field(result: dict[str, Any]) -> None:  # Any: JSON values
    """Measure how soon the field can be used, where there is a browser."""
    print("the field in a browser", file=sys.stderr, flush=True)
    ready = result["field"] = bench_field.measure()
    if ready is None:
        return
    print(f"field ready        {ready['ms_median']:>8} ms          after its script, in a browser "
          f"{ready['slowdown']} times slower, {ready['ms_best']} to {ready['ms_worst']}")  # fmt: skip


def _loads(secret: str, port: int, bare_port: int, other_port: int) -> list[Load]:
    headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}
    people = [f"bench-{secrets.token_hex(6)}" for _ in range(1000)]

    def bare(connection: http.client.HTTPConnection, _number: int) -> tuple[int, bytes]:
        return _ask(connection, "GET", "/bare", None, {})

    def record(connection: http.client.HTTPConnection, number: int) -> tuple[int, bytes]:
        body = json.dumps(
            {
                "document": "personal-data-agreement",
                "subject": {
                    "ref": f"{people[number % 1000]}-{number}",
                    "identifiers": {"email": f"p{number}@example.kz"},
                },
                "language": "kk",
                "choices": [{"purpose": "targeted_advertising", "granted": True}],
                "channel": "web",
            }
        ).encode()
        return _ask(connection, "POST", "/api/v1/consents", body, headers)

    def check(connection: http.client.HTTPConnection, number: int) -> tuple[int, bytes]:
        person = f"{people[number % 1000]}-{number % 1000}"
        path = f"/api/v1/permissions?subject={person}&purpose=targeted_advertising"
        return _ask(connection, "GET", path, None, headers)

    return [
        Load("bare Flask", bare_port, bare),
        Load("recording", port, record),
        Load("permission check", port, check),
        Load("recording, ledger", port, record, MANY_CLIENTS),
        Load("recording, none", other_port, record, MANY_CLIENTS),
    ]


def _ask(
    connection: http.client.HTTPConnection, method: str, path: str, body: bytes | None, headers: dict[str, str]
) -> tuple[int, bytes]:
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    return answer.status, answer.read()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _wait(url: str) -> None:
    for _ in range(100):
        try:
            urllib.request.urlopen(url, timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError(url)


if __name__ == "__main__":
    sys.exit(main())
