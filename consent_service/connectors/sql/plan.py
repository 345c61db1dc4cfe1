"""In which order the tables of a description are read and changed, and by which columns they hang together."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from graphlib import TopologicalSorter
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from consent_service.connectors.description import Names, SqlDescription, Table, Through
from consent_service.connectors.refusals import DescriptionError
from consent_service.connectors.sql.columns import ColumnKind, as_fixed, kind_of
from consent_service.connectors.sql.fitting import misfits
from consent_service.connectors.sql.linking import deleted_before
from consent_service.connectors.sql.live import ForeignKey, LiveSchema
from consent_service.connectors.states import Do, Reference, Rows
from consent_service.policies.checked_yaml import dotted

Key = tuple[Any, ...]  # Any: values of key columns


@dataclass(frozen=True, slots=True)
class Named:
    """Rows that name the person in a column."""

    way: Names
    kind: ColumnKind


@dataclass(frozen=True)
class PlannedTable:
    """A described table with what is known of it: its columns, its key, how its rows are found."""

    described: Table
    live: sa.Table
    key: tuple[str, ...]
    named: tuple[Named, ...]
    joins: tuple[ForeignKey, ...]
    asked_for: tuple[str, ...]  # columns that tables below are joined by
    fixed: Mapping[str, Any]  # Any: fixed values as the columns take them
    has_arrays: bool

    @property
    def name(self) -> str:
        """The name in the description."""
        return self.described.name

    def columns(self, names: Sequence[str]) -> list[sa.Column[Any]]:  # Any: values of any type
        """Return columns by their names."""
        return [self.live.c[name] for name in names]

    def among(self, names: Sequence[str], values: Sequence[Key]) -> sa.ColumnElement[bool]:
        """Return the condition that some columns have one of some values."""
        if len(names) == 1:
            return self.is_one_of(self.live.c[names[0]], [value[0] for value in values])
        return sa.tuple_(*self.columns(names)).in_(values)

    def is_one_of(self, column: sa.ColumnElement[Any], values: Sequence[Any]) -> sa.ColumnElement[bool]:  # Any: values
        """Return the condition that a column has one of some values, which are bound as one where that can be."""
        if self.has_arrays:
            return column == sa.any_(sa.literal(list(values), ARRAY(column.type)))
        return column.in_(values)


@dataclass(frozen=True, slots=True)
class Unlinked:
    """A column that becomes null where it refers to rows that are deleted."""

    table: PlannedTable
    column: str
    join: ForeignKey


@dataclass(frozen=True)
class Plan:
    """How a person is found in a database and what is done, step by step."""

    tables: tuple[PlannedTable, ...]  # each after those through which it is reached
    unlinked: tuple[Unlinked, ...]
    deleted: tuple[PlannedTable, ...]  # each after those that refer to it
    fingerprint: str

    @cached_property
    def changed(self) -> tuple[PlannedTable, ...]:
        """The tables whose rows stay and change."""
        return tuple(t for t in self.tables if t.described.rows is not Rows.DELETE and t.described.changes)

    @cached_property
    def erasable(self) -> tuple[PlannedTable, ...]:
        """What has to be looked at to erase: tables whose rows go, and those through which they are reached."""
        needed = {table.name for table in self.tables if table.described.goes}
        for table in reversed(self.tables):
            if table.name in needed:
                needed |= {join.to for join in table.joins}
        return tuple(table for table in self.tables if table.name in needed)


def make_plan(description: SqlDescription, live: LiveSchema) -> Plan:
    """Make the plan of a description for the database as it is now.

    Raises:
        DescriptionError: The description does not fit; a line for each problem says what to write.
    """
    problems = misfits(description, live)
    if problems:
        raise DescriptionError("\n".join(f"{description.name}: {dotted(path)}: {says}" for path, says in problems))
    joins = {
        table.name: tuple(
            join
            for way in table.ways
            if isinstance(way, Through) and (join := live.joined(table.name, way)) is not None
        )
        for table in description.tables
    }
    unlinked = list(_unlinked(description, live))
    tables = {table.name: _planned(table, live, joins, [key for _, _, key in unlinked]) for table in description.tables}
    reached = {name: {join.to for join in of_table} for name, of_table in joins.items()}
    return Plan(
        tables=tuple(tables[name] for name in TopologicalSorter(reached).static_order()),
        unlinked=tuple(Unlinked(tables[table], column, key) for table, column, key in unlinked),
        deleted=tuple(tables[name] for name in TopologicalSorter(deleted_before(description, live)).static_order()),
        fingerprint=live.fingerprint(),
    )


def _planned(
    table: Table,
    live: LiveSchema,
    joins: Mapping[str, tuple[ForeignKey, ...]],
    unlinked: Sequence[ForeignKey],
) -> PlannedTable:
    known = live.tables[table.name]
    below = [join for of_table in joins.values() for join in of_table] + list(unlinked)
    return PlannedTable(
        described=table,
        live=known.table,
        key=table.key or known.primary_key,
        named=tuple(Named(way, kind_of(known.table.c[way.column])) for way in table.ways if isinstance(way, Names)),
        joins=joins[table.name],
        asked_for=tuple(dict.fromkeys(name for join in below if join.to == table.name for name in join.keys)),
        fixed={
            column.name: as_fixed(known.table.c[column.name], column.value)
            for column in table.columns
            if column.do is Do.FIXED
        },
        has_arrays=live.has_arrays,
    )


def _unlinked(description: SqlDescription, live: LiveSchema) -> Iterator[tuple[str, str, ForeignKey]]:
    for key in live.foreign_keys:
        child, parent = description.table(key.table), description.table(key.to)
        if child is None or parent is None or parent.rows is not Rows.DELETE:
            continue
        for name in key.columns:
            if child.references.get(name) is Reference.UNLINK:
                yield key.table, name, key
                break
