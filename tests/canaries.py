"""A row with a canary in each of some tables of an operator, whatever columns it has."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, cast
from uuid import UUID, uuid4

from flask import Flask
from sqlalchemy import JSON, Boolean, Column, Date, Integer, LargeBinary, String, Table, Uuid, select

from consent_service.database import db
from consent_service.kernel.db import StateType, UtcDateTime
from tests.every_table import every_table

CANARY = "canary-of-the-operator"
_AT = datetime(2026, 11, 23, 5, tzinfo=UTC)
# Seals begin with the number of their epoch; the database takes none from before the present one.
_EPOCH = b"\x00\x00\xff\xff"


def plant_in(app: Flask, names: Collection[str], operator_id: int, staff_id: UUID, canary: str = CANARY) -> None:
    """Insert a row into each table, those first that others refer to; what is referred to and not named is there."""
    made: dict[str, Mapping[str, Any]] = {"staff_members": {"id": staff_id}, "operators": {"id": operator_id}}
    with app.app_context(), db.engine.begin() as connection:
        for table in (table for table in every_table() if table.name in names):
            for constraint in table.foreign_key_constraints:
                there = constraint.referred_table
                if there.name not in made:
                    there_already = select(there).where(there.c.operator_id == operator_id).limit(1)
                    made[there.name] = dict(connection.execute(there_already).mappings().one())
            made[table.name] = _row(table, operator_id, staff_id, made, canary)
            connection.execute(table.insert().values(made[table.name]))


def _row(
    table: Table, operator_id: int, staff_id: UUID, made: Mapping[str, Mapping[str, Any]], canary: str
) -> dict[str, Any]:  # Any: column values
    row = {column.name: _value(column, canary) for column in table.columns}
    for constraint in table.foreign_key_constraints:
        referred = made[constraint.referred_table.name]
        pairs = zip(constraint.column_keys, constraint.elements, strict=True)
        row |= {mine: referred[theirs.column.name] for mine, theirs in pairs}
    if "staff_id" in row:
        row["staff_id"] = staff_id
    return row | ({"operator_id": operator_id} if "operator_id" in row else {})


def _bytes(column: Column[Any], canary: str) -> bytes:
    is_sealed = "seal" in column.name or "wrapped" in column.name
    return _EPOCH + canary.encode() if is_sealed else canary.encode() + uuid4().bytes


_MADE: Sequence[tuple[type, Callable[[Column[Any], str], object]]] = (
    (StateType, lambda column, _canary: next(iter(cast("StateType", column.type).states))),
    (Uuid, lambda _column, _canary: uuid4()),
    (UtcDateTime, lambda _column, _canary: _AT),
    (Date, lambda _column, _canary: date(2001, 1, 1)),
    (LargeBinary, _bytes),
    (JSON, lambda _column, canary: [canary]),
    (Boolean, lambda _column, _canary: False),
    (Integer, lambda _column, _canary: 1),
    (String, lambda _column, canary: f"{canary}-{uuid4()}"),
)


def _value(column: Column[Any], canary: str) -> object:
    return next(make for kind, make in _MADE if isinstance(column.type, kind))(column, canary)
