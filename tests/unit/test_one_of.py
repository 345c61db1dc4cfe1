"""One of several values: one statement for any number of them on PostgreSQL, and by an index on SQLite."""

from collections.abc import Iterator
from uuid import UUID

import pytest
from sqlalchemy import Column, Connection, Index, Integer, MetaData, Table, Uuid, create_engine, event, insert, select

from consent_service.kernel.one_of import one_of

ROWS = Table(
    "rows", MetaData(), Column("n", Integer, primary_key=True), Column("person", Uuid), Index("by_person", "person")
)
ASKED = select(ROWS.c.n).where(ROWS.c.n > 0, one_of(ROWS.c.person, "people")).order_by(ROWS.c.n)
WHO = [UUID(int=n) for n in range(5)]


@pytest.fixture
def connection() -> Iterator[Connection]:
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        ROWS.create(connection)
        connection.execute(insert(ROWS), [{"n": n, "person": WHO[n]} for n in range(5)])
        yield connection
    engine.dispose()


@pytest.mark.parametrize("asked", [[], [1], [1, 3], [4, 2, 1]])
def test_those_that_are_asked_for_are_found_whatever_their_number(connection: Connection, asked: list[int]) -> None:
    found = connection.execute(ASKED, {"people": [WHO[n] for n in asked]}).scalars().all()

    assert found == sorted(asked)


def test_sqlite_finds_them_by_the_index(connection: Connection) -> None:
    sent = []
    event.listen(connection, "before_cursor_execute", lambda *given: sent.append(given[2:4]))
    connection.execute(ASKED, {"people": WHO[:2]})

    statement, values = sent[0]
    plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()
    assert "USING COVERING INDEX by_person (person=?" in str(plan)


def test_postgresql_is_sent_one_array() -> None:
    compiled = str(ASKED.compile(create_engine("postgresql+psycopg://")))

    assert "rows.person = ANY (%(people)s::UUID[])" in compiled
