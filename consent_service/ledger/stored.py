"""Reading columns as they are stored: what nobody could have stored is said to be unreadable, never raised."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Dialect, Label, type_coerce
from sqlalchemy.types import JSON, TypeEngine, UserDefinedType

from consent_service.kernel.db import write_instant


class Unreadable:
    """What stands for a value that this service never stores; equal to nothing."""

    def __eq__(self, other: object) -> bool:
        """Say that it is no value."""
        return False

    def __hash__(self) -> int:
        """Return a number, so that it can stand in a row."""
        return 0

    def __str__(self) -> str:
        """Return a word for it."""
        return "(unreadable)"


UNREADABLE = Unreadable()
Processor = Callable[[Any], Any]  # Any: whatever a driver gives


class AsStored(UserDefinedType[Any]):
    """A column type that reads what ``inner`` reads, and ``UNREADABLE`` where that fails or is written otherwise."""

    cache_ok = True

    def __init__(self, inner: TypeEngine[Any]) -> None:
        self.inner = inner

    def get_col_spec(self, **_: Any) -> str:  # Any: SQLAlchemy's own signature
        """Refuse to make a column: this is for reading."""
        raise NotImplementedError

    def result_processor(self, dialect: Dialect, coltype: object) -> Processor:
        """Return what reads a value."""
        read = self.inner.dialect_impl(dialect).result_processor(dialect, coltype)
        wanted = None if isinstance(self.inner, JSON) else self.inner.python_type

        def process(raw: Any) -> Any:
            if raw is None:
                return None
            try:
                value = read(raw) if read else raw
            except (ValueError, TypeError, AttributeError, LookupError):
                return UNREADABLE
            is_read = wanted is None or (isinstance(value, wanted) and _is_written_so(raw, value))
            return value if is_read else UNREADABLE

        return process


def as_stored(*columns: Column[Any]) -> list[Label[Any]]:
    """Return columns, to be read as they are stored."""
    return [type_coerce(column, AsStored(column.type)).label(column.key) for column in columns]


def _is_written_so(raw: Any, value: Any) -> bool:  # Any: whatever a driver gives
    """Say whether text is the one way in which we write a value: other ways may read alike."""
    if isinstance(value, datetime) and value.tzinfo is None:
        return False
    if isinstance(value, bool):
        return raw in (0, 1)
    if not isinstance(raw, str) or isinstance(value, str):
        return True
    if isinstance(value, datetime):
        return raw == write_instant(value)
    if isinstance(value, UUID):
        return raw == value.hex
    return raw == value.isoformat() if isinstance(value, date) else True
