"""The declarative base of every table and the column types that keep time honest.  No Flask."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import cache
from typing import Any, ClassVar, cast
from uuid import UUID

import orjson
from sqlalchemy import (
    JSON,
    CursorResult,
    Date,
    DateTime,
    Dialect,
    Insert,
    LargeBinary,
    MetaData,
    Result,
    String,
    Table,
    TypeDecorator,
    Uuid,
    insert,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.types import TypeEngine

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

# A JSON value as the drivers give it: the shape is the business of the capability that owns the column.
Json = dict[str, Any]
JsonList = list[Any]


def write_instant(value: datetime) -> str:
    """Write an instant in UTC in 27 characters, whatever the year, so that instants compare as text."""
    return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


class UtcDateTime(TypeDecorator[datetime]):
    """An aware instant, kept and returned in UTC; a naive one is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    @property
    def python_type(self) -> type[datetime]:
        """Say what a value is, whatever it is kept as."""
        return datetime

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:  # Any: SQLAlchemy's own signature
        """Keep fixed-width text in SQLite, so that instants compare as text."""
        if dialect.name == "sqlite":
            return dialect.type_descriptor(String(27))
        return dialect.type_descriptor(DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:  # Any: text or datetime by dialect
        """Refuse a naive value; give the driver UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            msg = "a naive datetime cannot be stored: give it a time zone"
            raise ValueError(msg)
        value = value.astimezone(UTC)
        return write_instant(value) if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # Any: text or datetime
        """Return an aware instant in UTC."""
        if value is None:
            return None
        if dialect.name == "sqlite":
            return datetime.fromisoformat(value)
        instant: datetime = value
        return instant.astimezone(UTC)


class StateType(TypeDecorator[StrEnum]):
    """A ``StrEnum`` kept by its value, as short text that a migration need not touch."""

    impl = String(32)
    cache_ok = True

    def __init__(self, states: type[StrEnum]) -> None:
        super().__init__()
        self.states = states

    def process_bind_param(self, value: StrEnum | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Give the driver the value."""
        return None if value is None else str(self.states(value))

    def process_result_value(self, value: str | None, dialect: Dialect) -> StrEnum | None:  # noqa: ARG002 - as above
        """Return the member."""
        return None if value is None else self.states(value)


class Base(DeclarativeBase):
    """Base of every table.  Every key of a tenant's row begins with ``operator_id``."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map: ClassVar[dict[Any, Any]] = {  # Any: SQLAlchemy's own signature
        datetime: UtcDateTime,
        date: Date,
        UUID: Uuid,
        bytes: LargeBinary,
        Json: JSON().with_variant(JSONB(), "postgresql"),
        JsonList: JSON().with_variant(JSONB(), "postgresql"),
    }


def table_of(model: type[Base]) -> Table:
    """Return the Core table of a row type, for statements that need no ORM objects."""
    return cast("Table", model.__table__)


def table_named(name: str) -> Table:
    """Return the Core table of the service that has a name, for what is done to many tables by a list of names."""
    return Base.metadata.tables[name]


def upsert(session: Session, table: Table) -> Any:  # Any: the two dialects' insert() have no common type
    """Begin an INSERT that says what becomes of a row which is there already."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    return insert(table)


def insert_or_skip(session: Session, table: Table) -> Any:  # Any: as above
    """Begin an INSERT that skips rows which are there already, so that racing writers both go on."""
    return upsert(session, table).on_conflict_do_nothing()


def insert_many(session: Session, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:  # Any: column values
    """Insert rows that have the same columns, by the quickest way of the database: COPY where there is one."""
    if not rows:
        return
    if len(rows) == 1 or session.get_bind().dialect.name != "postgresql":
        session.execute(_plain_insert(table), list(rows))
        return
    names = list(rows[0])
    copy_in(session, copy_statement(table, names), [[_copied(row[name]) for name in names] for row in rows])


@cache
def _plain_insert(table: Table) -> Insert:
    return insert(table)


def copy_in(session: Session, statement: str, rows: Sequence[Sequence[Any]]) -> None:  # Any: values of the driver
    """Send rows by COPY, in the transaction of the session."""
    driver = session.connection().connection.driver_connection
    if driver is None:
        raise TypeError  # a session in a transaction has a connection
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def copy_statement(table: Table, names: Sequence[str]) -> str:
    """Return the COPY statement of some columns; names are those of our own tables."""
    return f"COPY {table.name} ({', '.join(names)}) FROM STDIN"


def _copied(value: Any) -> Any:  # Any: a column value, and as the driver writes it
    kind = type(value)
    if kind is dict or kind is list:
        return orjson.dumps(value).decode()
    if kind is datetime and value.tzinfo is None:
        msg = "a naive datetime cannot be stored: give it a time zone"
        raise ValueError(msg)
    return str(value) if isinstance(value, StrEnum) else value


def changed_rows(result: Result[Any]) -> int:  # Any: whatever the statement returns
    """Return how many rows a statement inserted, updated or deleted."""
    return cast("CursorResult[Any]", result).rowcount


def plan_anew(session: Session) -> None:
    """Let PostgreSQL plan each statement of this transaction for its tables as they are now.

    A plan that was kept from when a table was small reads all of it once it has grown, a tenth of a second at a time.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SET LOCAL plan_cache_mode = force_custom_plan"))
