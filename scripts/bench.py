"""The benchmark: the speed of the two requests that come all the time, then the long work, each beside a floor.

Everything is measured in one run, in turns; the ratios count, not the absolute figures.  The last line is one JSON
document, and ``--write`` puts the tables and plots into ``docs/performance.md``.  ``--short`` measures the requests
alone, in less than two minutes, ``--part`` one kind of long work alone.  With ``--base-url`` and ``--key`` a service
is measured that runs somewhere: what is recorded there stays there.
"""

import argparse
import json
import os
import platform
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from scripts import (  # noqa: E402 - the project is put on the path first
    bench_connectors,
    bench_dates,
    bench_field,
    bench_imports,
    bench_ledger,
    bench_lists,
    bench_partitions,
    bench_retention,
    bench_service,
    bench_speed,
)
from scripts.bench_page import write_page  # noqa: E402 - as above

SECONDS = float(os.environ.get("BENCH_SECONDS", "5"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
SHORT_SECONDS, SHORT_ROUNDS = 2.0, 3
SPEED = "speed"
NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
VERSIONS = ("granian", "flask", "sqlalchemy", "psycopg")


def main() -> int:
    """Measure, print the table, and return 1 where any request had an error."""
    asked = _arguments()
    result: dict[str, Any] = {  # Any: JSON values
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, Linux load {os.getloadavg()[0]:.1f} before, "
        f"Python {platform.python_version()}, " + ", ".join(f"{name} {version(name)}" for name in VERSIONS),
        "at": datetime.now(UTC).date().isoformat(),  # noqa: TID251 - the day of the measurement
    }
    parts = asked.part or ([SPEED] if asked.short or asked.base_url else [SPEED, *LONG_WORK])
    errors = _measure_speed(result, asked) if SPEED in parts else 0
    for part in parts:
        if part != SPEED:
            LONG_WORK[part](result)
    if asked.write:
        write_page(result)
    print(json.dumps(result))
    return 1 if errors else 0


def _measure_speed(result: dict[str, Any], asked: argparse.Namespace) -> int:  # Any: JSON values
    """Measure the hot requests; return how many answers were errors."""
    rounds, seconds = (SHORT_ROUNDS, SHORT_SECONDS) if asked.short else (ROUNDS, SECONDS)
    result |= {"rounds": rounds, "seconds": seconds, SPEED: _speed(asked, rounds, seconds)}
    errors = 0
    for name, measured in result[SPEED].items():
        print(f"{name}, {measured['database']}")
        for what, row in measured["table"].items():
            print(
                f"  {what:<24} {row.get('ratio', row.get('times'))} beside {row['beside']}, to reach {row.get('reach')}"
            )
        for what, row in measured["loads"].items():
            errors += row["errors"]
            print(f"  {what:<24} {row['requests_per_second'][0]:>8.0f} requests/s  p50 {row['p50_ms']} ms  "
                  f"p99 {row['p99_ms']} ms  {row['errors']} errors {row['problem']}")  # fmt: skip
    return errors


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--short", action="store_true", help="the requests alone, in less than two minutes")
    parser.add_argument("--database", choices=("both", "postgresql", "sqlite"), default="both")
    parser.add_argument("--part", action="append", choices=(SPEED, *LONG_WORK), help="this part alone; may be repeated")
    parser.add_argument("--write", action="store_true", help="put what was measured into docs/performance.md")
    parser.add_argument("--base-url", help="a service that runs somewhere")
    parser.add_argument("--key", help="a secret key of it")
    parser.add_argument("--document", default="personal-data-agreement", help="what is recorded there")
    parser.add_argument("--purpose", default="targeted_advertising", help="which purpose of the document")
    asked = parser.parse_args()
    if bool(asked.base_url) != bool(asked.key):
        parser.error("give --base-url and --key together")
    return asked


def _speed(asked: argparse.Namespace, rounds: int, seconds: float) -> dict[str, Any]:  # Any: JSON values
    if asked.base_url:
        target = bench_service.deployed(asked.base_url, asked.key, asked.document, asked.purpose)
        return {"deployed": bench_speed.measure(target, rounds, seconds) | bench_speed.facts(None)}
    given = os.environ.get("DATABASE_URL")
    kinds = [given] if given else list(NAMES)[::-1] if asked.database == "both" else [asked.database]
    found = {}
    for kind in kinds:
        with bench_service.own_service(kind) as target:
            measured = bench_speed.measure(target, rounds, seconds) | bench_speed.facts(target.engine)
            found[str(target.engine and target.engine.dialect.name)] = measured
    return found


def _measure_dates(result: dict[str, Any]) -> None:  # Any: JSON values
    """Measure how fast a new edition of the calendar moves open dates."""
    print("a million open dates", file=sys.stderr, flush=True)
    dates = result["dates"] = bench_dates.measure()
    memory = f"{dates['peak_mib_after_a_tenth']} MiB after a tenth, {dates['peak_mib_at_the_end']} MiB at the end"
    print(f"open dates again   {dates['duties_per_second']:>8} duties/s    peak memory {memory}")


def _measure_ledger(result: dict[str, Any]) -> None:  # Any: JSON values
    """Measure sealing, proving, signing and checking."""
    print("a log of a million leaves", file=sys.stderr, flush=True)
    log = result["ledger"] = bench_ledger.measure()
    print(f"sealing            {log['sealed_per_second']:>8} leaves/s    a proof {log['proof_ms_median']} ms, "
          f"a receipt {log['receipt_signing_us']} us, offline check {log['offline_check_seconds']} s")  # fmt: skip


def _measure_imports(result: dict[str, Any]) -> None:  # Any: JSON values
    """Measure bringing in former consents from a file."""
    print("a file of former consents", file=sys.stderr, flush=True)
    read = result["imports"] = bench_imports.measure()
    print(f"importing          {read['lines_per_second']:>8} lines/s     {read['ratio_to_copy']} of a binary COPY of "
          f"the same rows, {read['lines']} lines")  # fmt: skip


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


def _measure_partitions(result: dict[str, Any]) -> None:  # Any: JSON values
    """Measure what events and answers would cost in partitions."""
    print("events and answers in partitions", file=sys.stderr, flush=True)
    laid_out = result["partitions"] = bench_partitions.measure()
    for table, took in laid_out["layouts"].items():
        rates = ", ".join(f"{what} {rate[0]}" for what, rate in took.items() if isinstance(rate, list))
        print(f"{table:<26} {rates} a second")


LONG_WORK: dict[str, Callable[[dict[str, Any]], None]] = {  # Any: JSON values
    "ledger": _measure_ledger,
    "imports": _measure_imports,
    "field": _measure_field,
    "dates": _measure_dates,
    "erasing": _measure_erasing,
    "lists": _measure_lists,
    "partitions": _measure_partitions,
}


if __name__ == "__main__":
    sys.exit(main())
