"""Statements of the hottest paths: compiled once, then run on the driver itself, with our own column types.

SQLAlchemy says what is read; only its way of executing is left out, which costs more than the database does.
"""

from collections import namedtuple
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, Dialect, Engine, Select
from sqlalchemy.dialects import sqlite
from sqlalchemy.types import TypeEngine

Convert = Callable[[Any], Any]  # Any: values as the driver has them, and as we do


class ReadyStatement:
    """A read that is built by the lengths of the lists in it, and compiled once for each of them.

    ``build`` names its values with ``bindparam``; lists are written by ``listed``.
    """

    def __init__(self, build: Callable[..., Select[Any]]) -> None:  # Any: columns of each statement
        self._compiled = cache(lambda dialect, *lengths: _Compiled(build(*lengths), dialect))

    def rows(self, engine: Engine, *lengths: int, values: Mapping[str, Any]) -> list[Any]:  # Any: values, rows
        """Run the statement in autocommit, on a connection of an engine that is for this alone.

        Raises:
            Error: Of the driver; the connection is not used again.
        """
        compiled = self._compiled(engine.dialect, *lengths)
        connection = engine.raw_connection()
        try:
            cursor = connection.cursor()
            cursor.execute(compiled.sql, compiled.to_driver(values))
            found = cursor.fetchall()
            cursor.close()
        except BaseException:
            connection.invalidate()
            raise
        connection.close()
        return [compiled.from_driver(row) for row in found]


class _Compiled:
    """The text of a statement in one dialect, and how values come in and go out."""

    def __init__(self, statement: Select[Any], dialect: Dialect) -> None:  # Any: columns of each statement
        named = sqlite.dialect(paramstyle="named") if dialect.name == "sqlite" else dialect
        compiled = statement.compile(dialect=named)
        self.sql = str(compiled)
        self._fixed = compiled.params
        self._in = {
            name: convert for name, bind in compiled.binds.items() if (convert := _in_of(bind, named)) is not None
        }
        columns = list(statement.selected_columns)
        self._row = namedtuple("Row", [column.key for column in columns])  # type: ignore[misc]  # noqa: PYI024 - named by the statement
        self._out = [_out_of(column.type, named) for column in columns]

    def to_driver(self, values: Mapping[str, Any]) -> dict[str, Any]:  # Any: values
        given = {**self._fixed, **values}
        for name, convert in self._in.items():
            given[name] = convert(given[name])
        return given

    def from_driver(self, row: Any) -> Any:  # Any: a row of the driver, and ours
        return self._row(*[value if out is None else out(value) for out, value in zip(self._out, row, strict=True)])


def listed(name: str, values: Any) -> dict[str, Any]:  # Any: a list of values
    """Return the values of a list by the names that ``names_of`` gives."""
    return {f"{name}_{place}": value for place, value in enumerate(values)}


def names_of(name: str, length: int) -> list[str]:
    """Return the names of the values of a list."""
    return [f"{name}_{place}" for place in range(length)]


def _in_of(bind: BindParameter[Any], dialect: Dialect) -> Convert | None:  # Any: of each type
    convert: Convert | None = _kind(bind.type, dialect).bind_processor(dialect)
    return convert


def _out_of(kind: TypeEngine[Any], dialect: Dialect) -> Convert | None:  # Any: as above
    convert: Convert | None = _kind(kind, dialect).result_processor(dialect, None)
    return convert


def _kind(kind: TypeEngine[Any], dialect: Dialect) -> Any:  # Any: SQLAlchemy's own type of a dialect
    return kind.dialect_impl(dialect)
