"""Whatever tables hang together by foreign keys: all of the person goes, nothing of others changes, counts are true."""

import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from consent_service.connectors.description import described
from consent_service.connectors.journal import Journal
from consent_service.connectors.schema import read_description
from consent_service.connectors.sql.target import SqlTarget
from consent_service.erasure.targets import Outcome, Whom
from consent_service.kernel.uow import Actor
from consent_service.services import services
from tests.databases import app_on, migrated_sqlite
from tests.factories import seed_policies
from tests.integration.conftest import MovableClock

ME, OTHER = "person-1", "person-2"
ORDERS = count(1)
ROWS = ("delete", "keep", "pseudonymise")


@dataclass(frozen=True)
class TableOf:
    """A table: what becomes of its rows, which one it hangs on, whether it names people itself, its rows."""

    rows: str
    parent: int | None
    names: bool
    content: tuple[tuple[str | None, int | None], ...]  # whom a row names, and the row above it


@st.composite
def trees(draw: st.DrawFn) -> list[TableOf]:
    tables: list[TableOf] = []
    for place in range(draw(st.integers(1, 5))):
        parent = draw(st.sampled_from([None, *range(place)]))
        names = parent is None or draw(st.booleans())
        whose = st.sampled_from([ME, OTHER, None]) if names else st.none()
        rows_above = len(tables[parent].content) if parent is not None else 0
        above = st.sampled_from([None, *range(1, rows_above + 1)])
        content = draw(st.lists(st.tuples(whose, above), max_size=5))
        tables.append(TableOf(draw(st.sampled_from(ROWS)), parent, names, tuple(content)))
    return tables


def mine(tables: list[TableOf]) -> list[set[int]]:
    """Return the rows that are the person's: those that name them, and those below."""
    found: list[set[int]] = []
    for table in tables:
        found.append(
            {
                number
                for number, (whose, above) in enumerate(table.content, 1)
                if whose == ME or (table.parent is not None and above in found[table.parent])
            }
        )
    return found


def written(tables: list[TableOf]) -> str:
    """Write the description of the tables."""
    lines = ["operator: uof", "targets:", "  - name: crm", "    kind: sql", "    dialect: sqlite", "    tables:"]
    for place, table in enumerate(tables):
        ways = ["{column: ref, is: ref}"] if table.names else []
        ways += [f"{{through: t{table.parent}}}"] if table.parent is not None else []
        lines += [f"      - table: t{place}", f"        person: [{', '.join(ways)}]", f"        rows: {table.rows}"]
        loses = table.parent is not None and tables[table.parent].rows == "delete"
        if table.rows == "keep":
            lines += ["        basis: a law", "        columns:", "          - {column: secret, do: set_null}"]
            lines += ["          - {column: above, do: set_null}"] if loses else []
        if table.rows == "pseudonymise":
            keeps_link = table.parent is not None and not loses
            lines += [
                f"        row_numbers: [id{', above' if keeps_link else ''}]",
                "        columns:",
                "          - {column: ref, do: set_null}",
                "          - {column: secret, do: pseudonymise}",
            ]
            lines += [] if keeps_link else ["          - {column: above, do: set_null}"]
    return "\n".join(lines)


def fill(place: Path, tables: list[TableOf]) -> None:
    with closing(sqlite3.connect(place)) as connection:
        for number, table in enumerate(tables):
            refers = f" REFERENCES t{table.parent} (id)" if table.parent is not None else ""
            connection.execute(
                f"CREATE TABLE t{number} (id INTEGER PRIMARY KEY, ref TEXT, above INTEGER{refers}, secret TEXT)"
            )
            rows = [
                (row, whose, above, f"secret-{number}-{row}") for row, (whose, above) in enumerate(table.content, 1)
            ]
            connection.executemany(f"INSERT INTO t{number} VALUES (?, ?, ?, ?)", rows)
        connection.commit()


def rows_of(place: Path, count_of: int) -> list[dict[int, tuple[Any, ...]]]:
    with closing(sqlite3.connect(place)) as connection:
        return [{row[0]: row for row in connection.execute(f"SELECT * FROM t{number}")} for number in range(count_of)]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    folder = tmp_path_factory.mktemp("connectors")
    with app_on(f"sqlite:///{migrated_sqlite(folder)}", folder, MovableClock()) as made, made.app_context():
        yield made


@given(tables=trees())
def test_all_of_the_person_goes_nothing_of_others_changes_and_counts_are_true(
    app: Flask, tmp_path_factory: pytest.TempPathFactory, tables: list[TableOf]
) -> None:
    place = tmp_path_factory.mktemp("crm") / "crm.db"
    fill(place, tables)
    before, wanted = rows_of(place, len(tables)), mine(tables)
    house = services()
    with house.read(Actor("command", "test")) as unbound:
        operator = seed_policies.number(unbound, "uof")
    begin = partial(house.write, Actor("command", "test"), operator)
    description = described(read_description(written(tables).encode(), "crm.yaml", "uof").data["targets"][0])
    target = SqlTarget(description, f"sqlite:///{place}", b"k" * 32, Journal(begin, "crm"))  # type: ignore[arg-type]  # it is SQL
    whom = Whom(UUID(int=next(ORDERS)), ME, {})

    found = target.find(whom)
    erased = target.erase(whom, found)

    after = rows_of(place, len(tables))
    changed: Counter[str] = Counter()
    actions = {"delete": "delete", "keep": "clear columns", "pseudonymise": "pseudonymise"}
    for number, table in enumerate(tables):
        name = f"t{number}"
        assert found[name] == len(wanted[number])
        for row, old in before[number].items():
            new = after[number].get(row)
            if row not in wanted[number]:
                assert new == old
                continue
            changed[f"{name}: {actions[table.rows]}"] += new != old
            if table.rows == "delete":
                assert new is None
            else:
                assert new is not None
                assert old[3] != new[3]
    assert erased.outcome is Outcome.CONFIRMED
    assert erased.counts == +changed
    assert not any(erased.left.values())
    assert b"secret" not in b"".join(
        str(after[number][row]).encode() for number in range(len(tables)) for row in wanted[number] & set(after[number])
    )
    assert [
        count_ for name, count_ in target.find(whom).items() if tables[int(name[1:])].rows == "delete" and count_
    ] == []
    shutil.rmtree(place.parent)
