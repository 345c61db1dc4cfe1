"""Holds a description against the database as it is now; what does not fit is said with what to write."""

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from consent_service.connectors.description import Column, Names, SqlDescription, Table, Through
from consent_service.connectors.rules import PSEUDONYM_LENGTH
from consent_service.connectors.sql.columns import COMPARED, ColumnKind, UnfitError, as_fixed, kind_of, room
from consent_service.connectors.sql.linking import link_problems
from consent_service.connectors.sql.live import LiveSchema, LiveTable
from consent_service.connectors.states import Do, Rows
from consent_service.policies.consistency import Problem

_GENERALISES = {
    "year": frozenset({ColumnKind.DATE, ColumnKind.INSTANT}),
    "first": frozenset({ColumnKind.TEXT}),
    "step": frozenset({ColumnKind.INTEGER, ColumnKind.NUMBER}),
}


def misfits(description: SqlDescription, live: LiveSchema) -> list[Problem]:
    """Return what of a description does not fit; tables and columns first, references once those are right."""
    found = [
        (("tables", place, *path), says)
        for place, table in enumerate(description.tables)
        for path, says in _table(table, live)
    ]
    return found or list(link_problems(description, live))


def _table(table: Table, live: LiveSchema) -> Iterator[Problem]:
    known = live.tables.get(table.name)
    if known is None:
        yield ("table",), f"There is no table {table.name} in the database: correct the name, or remove it."
        return
    if not known.is_transactional:
        yield ("table",), "This table knows no transactions: convert it to InnoDB first."
    yield from _columns_are_there(table, live, known)
    yield from _key(table, known)
    for place, way in enumerate(table.ways):
        if isinstance(way, Names) and way.column in known.table.c:
            kind = kind_of(known.table.c[way.column])
            if kind not in COMPARED:
                yield ("person", place, "column"), f"A column of {kind} names nobody: write one of text or numbers."
    for place, column in enumerate(table.columns):
        if column.name in known.table.c:
            for says in _change(column, known, table.rows):
                yield ("columns", place, "do"), says
    yield from _not_described(table, live, known)


def _columns_are_there(table: Table, live: LiveSchema, known: LiveTable) -> Iterator[Problem]:
    named: list[tuple[tuple[str | int, ...], str]] = []
    for place, way in enumerate(table.ways):
        if isinstance(way, Names):
            named.append((("person", place, "column"), way.column))
        else:
            named += [(("person", place, "columns", n), name) for n, name in enumerate(way.columns)]
            yield from _keys_are_there(place, way, live)
    named += [(("columns", place, "column"), column.name) for place, column in enumerate(table.columns)]
    named += [(("references", place, "column"), name) for place, name in enumerate(table.references)]
    for key in ("row_numbers", "key", "withhold"):
        names: Sequence[str] = getattr(table, key)
        named += [((key, place), name) for place, name in enumerate(names)]
    for path, name in named:
        if name not in known.table.c:
            yield path, f"There is no column {name} in {table.name}: correct the name, or remove it."


def _keys_are_there(place: int, way: Through, live: LiveSchema) -> Iterator[Problem]:
    parent = live.tables.get(way.table)
    for n, name in enumerate(way.keys):
        if parent is not None and name not in parent.table.c:
            yield ("person", place, "keys", n), f"There is no column {name} in {way.table}: correct the name."


def _key(table: Table, known: LiveTable) -> Iterator[Problem]:
    if not table.key and not known.primary_key:
        yield (
            ("table",),
            f"{table.name} has no primary key: give it one, or write 'key:' with columns that are unique and not null.",
        )
    if table.key and not known.is_key(table.key):
        yield ("key",), "These columns do not tell every row from every other: they must be unique and not null."


def _change(column: Column, known: LiveTable, rows: Rows) -> Iterator[str]:
    there = known.table.c[column.name]
    if rows is Rows.DEPERSONALISE and not column.clears and kind_of(there) is ColumnKind.OTHER:
        yield "Values of this column cannot be compared, so that k cannot be told: write 'set_null' or 'fixed'."
    if column.do is Do.KEEP:
        return
    if column.name in known.primary_key:
        yield "This column is of the primary key, which stays: delete the rows, or list it under row_numbers."
    if there.computed is not None:
        yield "This column is computed by the database: write 'do: keep', and change what it is computed from."
    if column.do in {Do.FIXED, Do.GENERALISE} and any(column.name in unique for unique in known.uniques):
        yield "This column must be unique, so several rows cannot become alike: write 'do: set_null'."
    yield from _value(column, there)


def _value(column: Column, there: sa.Column[Any]) -> Iterator[str]:  # Any: values of any type
    kind = kind_of(there)
    match column.do:
        case Do.SET_NULL if not there.nullable:
            yield "This column must not be null: write 'do: fixed' with a value."
        case Do.FIXED:
            try:
                as_fixed(there, column.value)
            except UnfitError as error:
                yield str(error)
        case Do.PSEUDONYMISE if kind is not ColumnKind.TEXT or (room(there) or 1000) < PSEUDONYM_LENGTH:
            yield f"A pseudonym is text of {PSEUDONYM_LENGTH} characters, which has no room here: write 'set_null'."
        case Do.GENERALISE:
            how = "year" if column.year else "first" if column.first is not None else "step"
            if kind not in _GENERALISES[how]:
                yield f"This column holds {kind}, which '{how}' does not fit."
        case _:
            pass


def _not_described(table: Table, live: LiveSchema, known: LiveTable) -> Iterator[Problem]:
    """Yield the columns of which nothing is said, where each must be: one that came later is found so."""
    if table.rows not in {Rows.DEPERSONALISE, Rows.PSEUDONYMISE}:
        return
    said = {column.name for column in table.columns} | set(table.row_numbers)
    for name in known.table.c.keys():  # noqa: SIM118 - a column collection iterates over columns
        if name not in said:
            yield ("columns",), f"Nothing is said of the column {name}: write what becomes of it."
    referring = {name for one in live.foreign_keys if one.table == table.name for name in one.columns}
    for place, name in enumerate(table.row_numbers):
        if name in known.table.c and name not in known.primary_key and name not in referring:
            yield ("row_numbers", place), "This column neither numbers rows nor refers to one: put it under columns."
