"""Finds the rows of people, table by table: by identifiers as bound parameters, then through what was found."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from consent_service.connectors.description import Names
from consent_service.connectors.rules import written
from consent_service.connectors.sql.columns import as_identifier, comparable
from consent_service.connectors.sql.live import ForeignKey
from consent_service.connectors.sql.plan import Key, Named, PlannedTable
from consent_service.connectors.states import Form, Identifies
from consent_service.erasure.targets import Whom
from consent_service.subjects.identity import IdentifierKind

CHUNK = 1000  # values in one statement


@dataclass(slots=True)
class Found:
    """The rows of a table that are people's: whose each is (its place among those asked for), and columns to join by.

    A row of two people is the first one's.
    """

    table: PlannedTable
    owners: dict[Key, int] = field(default_factory=dict)
    joined: dict[Key, Key] = field(default_factory=dict)  # the columns asked for, by the key of the row

    def values(self, columns: Sequence[str]) -> dict[Key, int]:
        """Return whose the values of some columns are."""
        places = [self.table.asked_for.index(name) for name in columns]
        return {
            value: self.owners[key]
            for key, row in self.joined.items()
            if None not in (value := tuple(comparable(row[place]) for place in places))
        }


def select_rows(
    connection: sa.Connection,
    tables: Sequence[PlannedTable],
    whoms: Sequence[Whom],
    *,
    lock: bool = False,
    known: Mapping[str, Found] | None = None,
) -> dict[str, Found]:
    """Find the rows of people in some tables, each after those through which it is reached; ``known``: found before."""
    found = dict(known or {})
    for table in tables:
        if table.name in found:
            continue
        rows = found[table.name] = Found(table)
        for named in table.named:
            _by_name(connection, rows, named, whoms, lock=lock)
        for join in table.joins:
            _through(connection, rows, join, found[join.to].values(join.keys), lock=lock)
    return found


def chunks(values: Sequence[Key], size: int = CHUNK) -> Iterator[Sequence[Key]]:
    """Yield values in parts that a statement takes."""
    for start in range(0, len(values), size):
        yield values[start : start + size]


def _by_name(connection: sa.Connection, rows: Found, named: Named, whoms: Sequence[Whom], *, lock: bool) -> None:
    table, way = rows.table, named.way
    wanted: dict[Any, int] = {}  # Any: as the column holds identifiers
    for place, whom in enumerate(whoms):
        for text in written(way.form, _values(way, whom)):
            value = as_identifier(named.kind, text)
            if value is not None:
                wanted.setdefault(value, place)
    column: sa.ColumnElement[Any] = table.live.c[way.column]  # Any: as above
    if way.form is Form.ANY_CASE:
        column = sa.func.lower(column, type_=column.type)
    for part in chunks([(value,) for value in wanted]):
        query = _query(table, [column], table.is_one_of(column, [value for (value,) in part]), lock=lock)
        _take(rows, connection.execute(query), lambda values: wanted.get(comparable(values[0])))


def _values(way: Names, whom: Whom) -> list[str]:
    return [whom.ref] if way.identifies is Identifies.REF else whom.values(IdentifierKind(way.identifies))


def _through(connection: sa.Connection, rows: Found, join: ForeignKey, above: Mapping[Key, int], *, lock: bool) -> None:
    columns = rows.table.columns(join.columns)
    for part in chunks(list(above)):
        query = _query(rows.table, columns, rows.table.among(join.columns, part), lock=lock)
        _take(rows, connection.execute(query), lambda values: above.get(tuple(map(comparable, values))))


def _query(
    table: PlannedTable,
    ways: Sequence[sa.ColumnElement[Any]],  # Any: values of any type
    condition: sa.ColumnElement[bool],
    *,
    lock: bool,
) -> sa.Select[Any]:  # Any: as above
    query = sa.select(*table.columns(table.key), *table.columns(table.asked_for), *ways).where(condition)
    return query.with_for_update() if lock else query


def _take(rows: Found, result: sa.Result[Any], owner_of: Any) -> None:  # Any: rows; a function of values
    """Take the rows that are somebody's by an exact comparison: a database may hold letters of both cases for alike."""
    of_key, asked_for = len(rows.table.key), len(rows.table.asked_for)
    for row in result:
        values = tuple(row)
        owner = owner_of(values[of_key + asked_for :])
        if owner is not None and values[:of_key] not in rows.owners:
            rows.owners[values[:of_key]] = owner
            rows.joined[values[:of_key]] = values[of_key : of_key + asked_for]
