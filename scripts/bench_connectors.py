"""Erasing people in an operator's PostgreSQL with three tables: how many a second, by a connector alone and by orders.

The server is that of the tests, with the operator's database and the service's own in it, so that every batch pays for
all it does: the description is held against the schema, rows are found and counted, what is about to go is noted, rows
are erased in one transaction and looked for again in another.

On the road the worker carries out orders: it claims them, asks the connector, records what it did, and then empties our
own tables, many orders at once, each with its act.  The two parts are told apart, and the second one is held against
the same orders carried out one by one.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from sqlalchemy import create_engine, text  # noqa: E402 - the project is put on the path first

from consent_service.connectors.description import described  # noqa: E402
from consent_service.connectors.journal import Journal  # noqa: E402
from consent_service.connectors.schema import read_description  # noqa: E402
from consent_service.connectors.service import CheckedTarget, SetConnectors, remove_connectors, set_connectors  # noqa: E402
from consent_service.connectors.sql.target import SqlTarget  # noqa: E402
from consent_service.erasure.claims import Claim  # noqa: E402
from consent_service.erasure.service import OrderErasure, order_erasure  # noqa: E402
from consent_service.erasure.states import Ground  # noqa: E402
from consent_service.erasure.targets import Erased, Whom  # noqa: E402
from consent_service.jobs.erasures import AT_ONCE, _Road, carry_out  # noqa: E402
from consent_service.jobs.tasks import Count  # noqa: E402
from consent_service.kernel.uow import Actor, UnitOfWork  # noqa: E402
from consent_service.operators.queries import operator_numbers  # noqa: E402
from consent_service.operators.service import RegisterOperator, register_operator  # noqa: E402
from consent_service.schema import migrate  # noqa: E402
from consent_service.services import services  # noqa: E402
from consent_service.subjects.service import SubjectData, find_or_create  # noqa: E402
from tests.databases import PostgreSQL, app_on, from_wheel  # noqa: E402

NOW = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
ACTOR = Actor("command", "bench")
BATCH = 2000
ONE_BY_ONE = 500  # people, at most
OPERATOR = RegisterOperator(
    slug="bench",
    name={"kk": "Өлшеу", "ru": "Замер", "en": "Bench"},
    identifier_kind="absent",
    identifier=None,
    country="KZ",
    place={"kk": "Алматы", "ru": "Алматы", "en": "Almaty"},
    contacts={},
)
FILE = """
operator: bench
targets:
  - name: crm
    kind: sql
    dialect: postgresql
    tables:
      - table: customers
        person: [{column: ref, is: ref}]
        rows: delete
      - table: orders
        person: [{through: customers}]
        rows: delete
      - table: items
        person: [{through: orders}]
        rows: delete
"""
FILL = (
    "CREATE TABLE customers (id bigint PRIMARY KEY, ref text NOT NULL UNIQUE, name text, email text)",
    "CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customers, city text)",
    "CREATE TABLE items (id bigint PRIMARY KEY, order_id bigint NOT NULL REFERENCES orders, what text)",
    "INSERT INTO customers SELECT n, 'person-' || n, 'a name', n || '@example.kz' FROM generate_series(1, :count) n",
    "INSERT INTO orders SELECT n, n, 'Almaty' FROM generate_series(1, :count) n",
    "INSERT INTO items SELECT n, n, 'thing ' || n FROM generate_series(1, :count) n",
    "CREATE INDEX ON orders (customer_id)",
    "CREATE INDEX ON items (order_id)",
)


def measure(people: int = 20_000) -> dict[str, Any]:  # Any: figures
    """Erase ``people`` in batches of a thousand; half as many others stay."""
    server = from_wheel(Path(tempfile.gettempdir()))
    url = "postgresql+psycopg://" + server.get_uri().split("://", 1)[1]
    postgresql = PostgreSQL(url, server, "none")
    try:
        with postgresql.empty() as ours, postgresql.empty() as theirs, tempfile.TemporaryDirectory() as scratch:
            _fill(theirs, people + people // 2)
            with app_on(ours, Path(scratch), lambda: NOW) as app:
                migrate(app)
                with app.app_context():
                    alone = _measure(theirs, people)
                    with postgresql.empty() as others:
                        _fill(others, people + people // 2)
                        ordered = max(1, people // 5 // AT_ONCE) * AT_ONCE
                        road = _measure_road(others, ordered)
                        road["to_one_by_one"] = round(road["own_tables_people_per_second"] / _one_by_one(ordered), 2)
                        return alone | {"road": road}
    finally:
        postgresql.stop()


def _measure(url: str, people: int) -> dict[str, Any]:  # Any: as above
    house = services()
    (data,) = read_description(FILE.encode(), "bench.yaml", "bench").data["targets"]
    target = SqlTarget(described(data), url, b"k" * 32, Journal(lambda: house.write(ACTOR, 1), "crm"))  # type: ignore[arg-type]  # it is SQL
    rates, rows, began = [], 0, time.perf_counter()
    for start in range(0, people, BATCH):
        whoms = [Whom(UUID(int=n), f"person-{n}", {}) for n in range(start + 1, start + 1 + BATCH)]
        begin = time.perf_counter()
        found = target.find_many(whoms)
        results = target.erase_many([(whom, found[whom.order_id]) for whom in whoms])
        rates.append(BATCH / (time.perf_counter() - begin))
        for result in results.values():
            assert isinstance(result, Erased)  # noqa: S101 - a failure has no rate
            rows += sum(result.counts.values())
    took = time.perf_counter() - began
    assert rows == 3 * people  # noqa: S101 - as above
    return {
        "people": people,
        "rows": rows,
        "batch": BATCH,
        "people_per_second": round(people / took),
        "people_per_second_median": round(statistics.median(rates)),
        "spread": [round(min(rates)), round(max(rates))],
    }


def _measure_road(url: str, people: int) -> dict[str, Any]:  # Any: as above
    """Let the worker carry out due orders; tell what the places outside take from what our own tables take."""
    house = services()
    with house.write(ACTOR) as unbound:
        number = register_operator(unbound, OPERATOR)
        uow = unbound.for_operator(number)
        data = read_description(FILE.encode(), "bench.yaml", "bench").data["targets"]
        targets = tuple(CheckedTarget(one, url, None) for one in data)
        set_connectors(uow, SetConnectors(targets, "digest"))
    for start in range(0, people, AT_ONCE):
        with house.write(ACTOR, number) as uow:
            for n in range(start + 1, start + 1 + AT_ONCE):
                order_erasure(uow, _order(uow, find_or_create(uow, SubjectData(f"person-{n}")).id))
    here, finish = 0.0, _Road._finish  # noqa: SLF001 - where our own tables begin

    def timed(road: _Road, claims: Sequence[Claim]) -> None:
        nonlocal here
        begin = time.perf_counter()
        finish(road, claims)
        here += time.perf_counter() - begin

    count, began = Count(), time.perf_counter()
    setattr(_Road, "_finish", timed)  # noqa: B010 - it is timed, not replaced
    carry_out(house, ACTOR, number, count)
    took = time.perf_counter() - began
    setattr(_Road, "_finish", finish)  # noqa: B010 - as above
    assert (count.done, count.failed) == (people, 0)  # noqa: S101 - a failure has no rate
    return {
        "people": people,
        "batch": AT_ONCE,
        "people_per_second": round(people / took),
        "places_outside_people_per_second": round(people / (took - here)),
        "own_tables_people_per_second": round(people / here),
    }


def _one_by_one(ordered: int) -> float:
    """Return the rate at which our own tables are emptied order by order, of people who are nowhere else."""
    house = services()
    people = min(ordered, ONE_BY_ONE)
    with house.read(ACTOR) as unbound:
        ((number, _),) = operator_numbers(unbound.session)
    with house.write(ACTOR, number) as uow:
        remove_connectors(uow)
        for n in range(people):
            order_erasure(uow, _order(uow, find_or_create(uow, SubjectData(f"alone-{n}")).id))
    together = _Road._execute_together  # noqa: SLF001 - what is to be compared with
    setattr(_Road, "_execute_together", lambda _road, _claims: set())  # noqa: B010 - as above
    count, began = Count(), time.perf_counter()
    carry_out(house, ACTOR, number, count)
    took = time.perf_counter() - began
    setattr(_Road, "_execute_together", together)  # noqa: B010 - as above
    assert (count.done, count.failed) == (people, 0)  # noqa: S101 - a failure has no rate
    return people / took


def _order(uow: UnitOfWork, subject_id: UUID) -> OrderErasure:
    return OrderErasure(
        subject_id=subject_id,
        cause_kind="bench",
        cause_id=subject_id,
        ground=Ground.STORAGE_ENDED,
        run_after=uow.now,
        due_on=uow.now.date(),
        demanded=True,
    )


def _fill(url: str, count: int) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        for statement in FILL:
            connection.execute(text(statement), {"count": count} if ":count" in statement else {})
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
    engine.dispose()


if __name__ == "__main__":
    print(measure(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000))
