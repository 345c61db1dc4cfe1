"""What kind of values a column holds, and what can be written into it."""

import datetime as dt
import uuid
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

import sqlalchemy as sa


class ColumnKind(StrEnum):
    """A kind of values."""

    TEXT = "text"
    WORD = "one of some words"
    INTEGER = "whole number"
    NUMBER = "number"
    DATE = "date"
    INSTANT = "date and time"
    FLAG = "true or false"
    UUID = "UUID"
    OTHER = "other"


# In the order of asking: some types are kinds of others.
_KINDS: tuple[tuple[type[sa.types.TypeEngine[Any]], ColumnKind], ...] = (  # Any: values of any type
    (sa.Enum, ColumnKind.WORD),
    (sa.String, ColumnKind.TEXT),
    (sa.Boolean, ColumnKind.FLAG),
    (sa.Integer, ColumnKind.INTEGER),
    (sa.Numeric, ColumnKind.NUMBER),
    (sa.DateTime, ColumnKind.INSTANT),
    (sa.Date, ColumnKind.DATE),
    (sa.Uuid, ColumnKind.UUID),
)
COMPARED = frozenset({ColumnKind.TEXT, ColumnKind.INTEGER, ColumnKind.UUID})


class UnfitError(ValueError):
    """A value cannot stand in a column."""


def kind_of(column: sa.Column[Any]) -> ColumnKind:  # Any: values of any type
    """Return the kind of a column's values."""
    for type_, kind in _KINDS:
        if isinstance(column.type, type_):
            return kind
    return ColumnKind.OTHER


def room(column: sa.Column[Any]) -> int | None:  # Any: as above
    """Return how many characters a column of text holds; None without a limit."""
    return column.type.length if isinstance(column.type, sa.String) else None


def as_identifier(kind: ColumnKind, written: str) -> Any:  # Any: by the column
    """Return an identifier as a column of that kind holds it; None where it cannot hold it."""
    try:
        if kind is ColumnKind.INTEGER:
            return int(written) if written.isascii() and written.isdigit() else None
        if kind is ColumnKind.UUID:
            return uuid.UUID(written)
    except ValueError:
        return None
    return written


def comparable(value: Any) -> Any:  # Any: by the column
    """Return a value as it is compared here: without the blanks that pad it."""
    return value.rstrip(" ") if isinstance(value, str) else value


def as_fixed(column: sa.Column[Any], value: Any) -> Any:  # Any: as the description and the column have it
    """Return a fixed value of a description as the column takes it.

    Raises:
        UnfitError: The column cannot hold it; says what to write.
    """
    kind = kind_of(column)
    match kind:
        case ColumnKind.TEXT:
            return _text(column, value)
        case ColumnKind.WORD if isinstance(column.type, sa.Enum) and value in column.type.enums:
            return value
        case ColumnKind.FLAG if isinstance(value, bool):
            return value
        case ColumnKind.INTEGER if isinstance(value, int):
            return int(value)
        case ColumnKind.NUMBER:
            return _number(column, value)
        case ColumnKind.DATE | ColumnKind.INSTANT | ColumnKind.UUID if isinstance(value, str):
            return _parsed(kind, value)
        case _:
            raise UnfitError(f"The column holds {kind}: write such a value, or set_null.")


def _text(column: sa.Column[Any], value: Any) -> str:  # Any: as above
    limit = room(column)
    if not isinstance(value, str):
        raise UnfitError("The column holds text: put the value in quotes.")
    if limit is not None and len(value) > limit:
        raise UnfitError(f"The column has room for {limit} characters: write a shorter value.")
    return value


def _number(column: sa.Column[Any], value: Any) -> Decimal | float:  # Any: as above
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise UnfitError("The column holds numbers: write one.") from None
    return float(number) if isinstance(column.type, sa.Float) else number


def _parsed(kind: ColumnKind, value: str) -> dt.date | dt.datetime | uuid.UUID:
    try:
        if kind is ColumnKind.UUID:
            return uuid.UUID(value)
        return dt.datetime.fromisoformat(value) if kind is ColumnKind.INSTANT else dt.date.fromisoformat(value)
    except ValueError:
        raise UnfitError(f"The column holds a {kind}: write such a value in quotes, or set_null.") from None
