"""Events and answers in one table each, beside the same rows in partitions: what each layout costs, and what it loses.

Ten million events of two and a half million people over two years, four of each, spread over all of it; the same rows
in every layout, in turns.  Events are laid out by month, by the time in their ids, and by the hash of their operator;
answers by the hash of their operator.  By month, no index can keep the numbers of a person's events unique.
"""

import json
import os
import re
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from sqlalchemy import Engine, create_engine, text  # noqa: E402 - the project is put on the path first

from consent_service.schema import migrate  # noqa: E402
from scripts.bench_floor import run_pgbench  # noqa: E402
from scripts.bench_retention import opened_server  # noqa: E402
from tests.databases import SEEDED_AT, app_on  # noqa: E402

EVENTS = int(os.environ.get("BENCH_EVENTS", "10000000"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
SECONDS = float(os.environ.get("BENCH_SECONDS", "5"))
OF_EACH, OPERATORS, PARTS, MONTHS = 4, 8, 8, 24
MONTH = 30 * 24 * 3600 * 1000  # milliseconds

# Ids as the service makes them: the time first.  Event n is that of person n % people, who has one operator.
FUNCTIONS = """
CREATE FUNCTION millisecond(n bigint) RETURNS bigint IMMUTABLE LANGUAGE sql
  RETURN CAST(:begun AS bigint) + n * CAST(:span AS bigint) / CAST(:events AS bigint);
CREATE FUNCTION event_id(n bigint) RETURNS uuid IMMUTABLE LANGUAGE sql
  RETURN CAST(lpad(to_hex(millisecond(n)), 12, '0') || '7000a000' || lpad(to_hex(n), 12, '0') AS uuid);
CREATE FUNCTION person_of(n bigint) RETURNS uuid IMMUTABLE LANGUAGE sql RETURN event_id(n % CAST(:people AS bigint));
CREATE FUNCTION operator_of(n bigint) RETURNS int IMMUTABLE LANGUAGE sql
  RETURN 1 + n % CAST(:people AS bigint) % CAST(:operators AS bigint);
CREATE FUNCTION moment_of(n bigint) RETURNS timestamptz IMMUTABLE LANGUAGE sql
  RETURN to_timestamp(millisecond(n) / 1000.0);
CREATE FUNCTION purpose() RETURNS uuid IMMUTABLE LANGUAGE sql
  RETURN CAST('00000000-0000-7000-8000-000000000001' AS uuid)
"""
FILL_EVENTS = """
INSERT INTO TABLE (operator_id, id, stream, stream_seq, kind, body, salt, leaf_input, recorded_at)
  SELECT operator_of(n), event_id(n), person_of(n), n / :people + 1, 'consent_recorded',
    convert_to(repeat(md5(CAST(n AS text)), 16), 'UTF8'), decode(md5(CAST(n AS text)), 'hex'),
    decode('00', 'hex') || sha256(convert_to(CAST(n AS text), 'UTF8')), moment_of(n)
  FROM generate_series(CAST(0 AS bigint), :events - 1) AS n
"""
FILL_ANSWERS = """
INSERT INTO TABLE (operator_id, consent_id, purpose_id, subject_id, granted, state, state_since, answered_at, ruled_at,
    needs_consent, withdrawn_parts, is_current)
  SELECT operator_of(n), event_id(n), purpose(), person_of(n), true, 'active', moment_of(n), moment_of(n), moment_of(n),
    true, '{}', n >= :events - :people
  FROM generate_series(CAST(0 AS bigint), :events - 1) AS n
"""
# What is done with events, and with answers; the last is what an erasure does, and leaves rows for VACUUM.
WITH_EVENTS = {
    "an event is written": """
INSERT INTO TABLE (operator_id, id, stream, stream_seq, kind, body, salt, leaf_input, recorded_at)
  VALUES (operator_of(:n), uuidv7(), uuidv7(), 1, 'consent_recorded', convert_to(repeat('a', 512), 'UTF8'),
    decode(repeat('0', 32), 'hex'), decode(repeat('0', 66), 'hex'), now());
""",
    "the last event of a person": """
SELECT stream_seq, leaf_input FROM TABLE WHERE operator_id = operator_of(:n) AND stream = person_of(:n)
  ORDER BY stream_seq DESC LIMIT 1;
""",
    "an event by its id": "SELECT body, salt FROM TABLE WHERE operator_id = operator_of(:n) AND id = event_id(:n);",
    "the latest fifty of a kind": """
SELECT id, recorded_at FROM TABLE WHERE operator_id = operator_of(:n) AND kind = 'consent_recorded'
  ORDER BY id DESC LIMIT 50;
""",
    "a person's events emptied": """
UPDATE TABLE SET body = NULL, salt = NULL WHERE operator_id = operator_of(:n) AND stream = person_of(:n);
""",
}
WITH_ANSWERS = {
    "an answer is written": """
INSERT INTO TABLE (operator_id, consent_id, purpose_id, subject_id, granted, state, state_since, answered_at, ruled_at,
    needs_consent, withdrawn_parts, is_current)
  VALUES (operator_of(:n), uuidv7(), purpose(), uuidv7(), true, 'active', now(), now(), now(), true, '{}', true);
""",
    "the answer that rules": """
SELECT granted, state, ends_at FROM TABLE
  WHERE operator_id = operator_of(:n) AND subject_id = person_of(:n) AND purpose_id = purpose() AND is_current;
""",
    "an answer is ended": """
UPDATE TABLE SET state = 'withdrawn', state_since = now()
  WHERE operator_id = operator_of(:n) AND subject_id = person_of(:n) AND purpose_id = purpose() AND is_current;
""",
}
ANY = "\\set n random(0, :events - 1)"


@dataclass(frozen=True, slots=True)
class Layout:
    """A table of the service as it is, or in partitions."""

    of: str
    way: str

    @property
    def table(self) -> str:
        """Return the name of the table that has this layout."""
        return f"{self.of}_{self.way}"


EVENTS_LAID_OUT = [Layout("ledger_events", way) for way in ("whole", "month", "operator")]
ANSWERS_LAID_OUT = [Layout("consent_choices", way) for way in ("whole", "operator")]


def measure(events: int = EVENTS, rounds: int = ROUNDS, seconds: float = SECONDS) -> dict[str, Any]:  # Any: JSON values
    """Fill each layout with the same rows, and do the same with each, in turns."""
    values = _values(events)
    found: dict[str, Any] = {"events": events, "rounds": rounds, "layouts": {}}  # Any: as above
    with tempfile.TemporaryDirectory() as scratch, opened_server(Path(scratch)) as server:
        server.run('DROP DATABASE IF EXISTS "bench_partitions" WITH (FORCE)')
        server.run('CREATE DATABASE "bench_partitions"')
        url = server.address("bench_partitions")
        with app_on(url, server.keys, lambda: SEEDED_AT) as app:
            migrate(app)
        engine = create_engine(url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(_written_out(FUNCTIONS, values)))
        try:
            for layouts, fill, doing in (
                (EVENTS_LAID_OUT, FILL_EVENTS, WITH_EVENTS),
                (ANSWERS_LAID_OUT, FILL_ANSWERS, WITH_ANSWERS),
            ):
                found["layouts"] |= _compare(engine, layouts, fill, doing, values, rounds, seconds)
        finally:
            engine.dispose()
            server.run('DROP DATABASE "bench_partitions" WITH (FORCE)')
    return found


def _values(events: int) -> dict[str, int]:
    begun = round(time.time() * 1000) - MONTHS * MONTH  # noqa: TID251 - new rows get their ids by the server's own clock
    span = MONTHS * MONTH
    return {"events": events, "people": events // OF_EACH, "operators": OPERATORS, "begun": begun, "span": span}


def _written_out(statement: str, values: dict[str, int]) -> str:
    """Write numbers into a statement: what makes a function takes no parameters."""
    return re.sub(r":([a-z]+)", lambda name: str(values[name[1]]), statement)


def _compare(
    engine: Engine,
    layouts: list[Layout],
    fill: str,
    doing: dict[str, str],
    values: dict[str, int],
    rounds: int,
    seconds: float,
) -> dict[str, Any]:  # Any: JSON values
    """Measure some layouts of one table; returns of each what it takes, and drops it."""
    found: dict[str, dict[str, Any]] = {layout.table: {} for layout in layouts}  # Any: as above
    for layout in layouts:
        print(f"  {layout.table} is filled", file=sys.stderr, flush=True)
        begun = time.perf_counter()
        with engine.connect() as connection:
            for statement in _made(layout, values["begun"]):
                connection.execute(text(statement))
            connection.execute(text(_written_out(fill.replace("TABLE", layout.table), values)))
            for statement in _indexed(layout):
                connection.execute(text(statement))
            connection.execute(text(f"VACUUM ANALYZE {layout.table}"))
            size = connection.execute(text(SIZE), {"table": layout.table}).scalar_one()
        found[layout.table] |= {
            "seconds to fill it, with its indexes": round(time.perf_counter() - begun),
            "MiB, with its indexes": round(size / 2**20),
        }
    for what, script in doing.items():
        rates: dict[str, list[float]] = {layout.table: [] for layout in layouts}
        for _ in range(rounds):
            for layout in layouts:
                lines = [ANY, script.replace("TABLE", layout.table)]
                rates[layout.table].append(run_pgbench(engine, lines, seconds, events=values["events"]))
        for table, measured in rates.items():
            found[table][what] = [round(one) for one in (statistics.median(measured), min(measured), max(measured))]
    with engine.connect() as connection:
        for layout in layouts:
            begun = time.perf_counter()
            connection.execute(text(f"VACUUM {layout.table}"))
            found[layout.table]["seconds of VACUUM at the end"] = round(time.perf_counter() - begun, 1)
            connection.execute(text(f"DROP TABLE {layout.table}"))
    return found


SIZE = """
SELECT sum(pg_total_relation_size(oid)) FROM pg_class
  WHERE relname LIKE :table || '%' AND relkind = 'r' AND relnamespace = CAST('public' AS regnamespace)
"""


def _made(layout: Layout, begun: int) -> list[str]:
    """Return the statements that make an empty table without indexes."""
    made = f"CREATE TABLE {layout.table} (LIKE {layout.of} INCLUDING ALL EXCLUDING INDEXES)"
    if layout.way == "whole":
        return [made]
    if layout.way == "operator":
        return [f"{made} PARTITION BY HASH (operator_id)"] + [
            f"CREATE TABLE {layout.table}_{part} PARTITION OF {layout.table} "
            f"FOR VALUES WITH (MODULUS {PARTS}, REMAINDER {part})"
            for part in range(PARTS)
        ]
    bounds = [f"'{begun + month * MONTH:012x}00000000000000000000'" for month in range(MONTHS + 2)]
    return [f"{made} PARTITION BY RANGE (id)"] + [
        f"CREATE TABLE {layout.table}_{month} PARTITION OF {layout.table} FOR VALUES FROM ({low}) TO ({high})"
        for month, (low, high) in enumerate(pairwise(bounds))
    ]


def _indexed(layout: Layout) -> list[str]:
    """Return the statements that give a table the indexes of the service's own, as far as the layout can have them."""
    if layout.of == "consent_choices":
        return [
            f"ALTER TABLE {layout.table} ADD PRIMARY KEY (operator_id, consent_id, purpose_id)",
            f"CREATE UNIQUE INDEX ON {layout.table} (operator_id, subject_id, purpose_id) WHERE is_current",
        ]
    unique = "" if layout.way == "month" else "UNIQUE"
    return [
        f"ALTER TABLE {layout.table} ADD PRIMARY KEY (operator_id, id)",
        f"CREATE {unique} INDEX ON {layout.table} (operator_id, stream, stream_seq)",
        f"CREATE INDEX ON {layout.table} (operator_id, kind, id)",
    ]


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))
