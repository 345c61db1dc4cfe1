"""Statements of the hottest paths: compiled once, then run on the driver itself, with our own column types.

SQLAlchemy says what is read; only its way of executing is left out, which costs more than the database does.
"""

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from hashlib import sha256
from time import monotonic
from typing import Any

from psycopg import OperationalError
from psycopg.adapt import PyFormat, Transformer
from psycopg.pq import ExecStatus
from sqlalchemy import BindParameter, Dialect, Engine, Select
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql import psycopg
from sqlalchemy.pool import PoolProxiedConnection as Connection
from sqlalchemy.types import TypeEngine

KINDS: dict[str, Callable[..., Dialect]] = {"sqlite": sqlite.dialect, "postgresql": psycopg.dialect}
PARAMETERS = {"sqlite": "named", "postgresql": "numeric_dollar"}
PREPARED = "ready_statements"
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
            found = compiled.run(connection, values)
        except BaseException:
            connection.invalidate()
            raise
        connection.close()
        return [compiled.from_driver(row) for row in found]


class _Compiled:
    """The text of a statement in one dialect, and how values come in and go out."""

    def __init__(self, statement: Select[Any], dialect: Dialect) -> None:  # Any: columns of each statement
        self._is_sqlite = dialect.name == "sqlite"
        written = KINDS[dialect.name](paramstyle=PARAMETERS[dialect.name])
        compiled = statement.compile(dialect=written)
        self._sql = str(compiled)
        self._query = self._sql.encode()
        self._name = b"ready_" + sha256(self._query).hexdigest()[:32].encode()
        self._places: list[str] = compiled.positiontup or []
        self._fixed = compiled.params
        self._in = {
            name: convert for name, bind in compiled.binds.items() if (convert := _in_of(bind, written)) is not None
        }
        columns = list(statement.selected_columns)
        self._row = namedtuple("Row", [column.key for column in columns])  # type: ignore[misc]  # noqa: PYI024 - named by the statement
        self._out = [_out_of(column.type, written) for column in columns]

    def run(self, connection: Connection, values: Mapping[str, Any]) -> list[Any]:  # Any: values; rows of the driver
        """Run it on a connection of the pool."""
        given = self._to_driver(values)
        if not self._is_sqlite:
            return self._run_in_one_call(connection, [given[name] for name in self._places])
        cursor = connection.cursor()
        try:
            return list(cursor.execute(self._sql, given))
        finally:
            cursor.close()

    def _run_in_one_call(self, connection: Connection, values: Sequence[Any]) -> list[Any]:  # Any: as above
        """Run it by one blocking call of libpq: a cursor gives Python's lock away and takes it back several times."""
        driver: Any = connection.driver_connection  # Any: psycopg's own
        server, adapter = driver.pgconn, Transformer(driver)
        sent = adapter.dump_sequence(values, [PyFormat.TEXT] * len(values))
        known: Any = connection.record_info  # Any: a dictionary, while the pool has it
        prepared: set[bytes] = known.setdefault(PREPARED, set())
        driver.waits_since = monotonic()  # an error ends the connection, and with it the wait
        if driver.prepare_threshold is None:  # behind a pooler
            result = server.exec_params(self._query, sent)
        else:
            if self._name not in prepared:
                # The statement says the types: those of its first values would be too small for later ones.
                _must_be(server.prepare(self._name, self._query), ExecStatus.COMMAND_OK)
                prepared.add(self._name)
            result = server.exec_prepared(self._name, sent)
        driver.waits_since = None
        _must_be(result, ExecStatus.TUPLES_OK)
        adapter.set_pgresult(result)
        return adapter.load_rows(0, result.ntuples, tuple)

    def _to_driver(self, values: Mapping[str, Any]) -> dict[str, Any]:  # Any: values
        given = {**self._fixed, **values}
        for name, convert in self._in.items():
            given[name] = convert(given[name])
        return given

    def from_driver(self, row: Any) -> Any:  # Any: a row of the driver, and ours
        """Return a row with our own types, its values by the names of the columns."""
        return self._row(*[value if out is None else out(value) for out, value in zip(self._out, row, strict=True)])


def _must_be(result: Any, status: ExecStatus) -> None:  # Any: of libpq
    if result.status != status:
        raise OperationalError(f"the database answered {ExecStatus(result.status).name}")


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
