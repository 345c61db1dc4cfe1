"""Connections to an operator's database: with time-outs, without a value in any error or log."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, IntegrityError, SQLAlchemyError

from consent_service.connectors.description import TESTED, SqlDescription
from consent_service.connectors.refusals import DescriptionError, RowsRefusedError, TargetFailedError

CONNECT_SECONDS = 10
STATEMENT_SECONDS = 30
LOCK_SECONDS = 5
_MS = 1000
# A transaction that writes takes SQLite's write lock when it begins.
_WRITES = {"connector_writes": True}
_DRIVERS = {"postgresql": "psycopg", "mysql": "pymysql", "mariadb": "pymysql"}
_LOCKED = frozenset({"55P03", "40P01", 1205, 1213})  # somebody holds a lock, or waits for ours: of some rows alone
_ALIKE = frozenset({"mysql", "mariadb"})
Connect = Callable[[Any, Any], None]  # Any: a DBAPI connection and its record have no common type


@contextmanager
def opened(description: SqlDescription, address: str) -> Iterator[Engine]:
    """Yield the engine of a database; it keeps no connection open.

    Raises:
        DescriptionError: The address is none, or of another dialect.
        TargetFailedError: The database cannot be used, or refused something.
    """
    with translated(description.name):
        yield engine_of(description.name, description.dialect, description.schema, address)


@contextmanager
def translated(name: str) -> Iterator[None]:
    """Turn what a database says, which holds values, into words that hold none.

    Raises:
        RowsRefusedError: It refused some rows.
        TargetFailedError: It cannot be used.
    """
    try:
        yield
    except IntegrityError as error:
        raise RowsRefusedError(
            f"{name}: The database refused the change ({_reason(error)}): a row still refers to one that is to go, or "
            "a value must be unique. That change was undone; correct the description."
        ) from None
    except SQLAlchemyError as error:
        if _code(error) in _LOCKED:
            raise RowsRefusedError(
                f"{name}: Rows are locked by somebody else ({_reason(error)}). Nothing was changed; it is tried again."
            ) from None
        raise TargetFailedError(
            f"{name}: The database cannot be used now ({_reason(error)}). See whether it is up, whether its address "
            "is right and whether the account may read and change the tables described."
        ) from None


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Yield one transaction that writes: committed when the block ends, rolled back when it raises."""
    with engine.connect().execution_options(**_WRITES) as connection, connection.begin():
        yield connection


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Yield one transaction that reads."""
    with engine.connect() as connection:
        yield connection


def forget_pages(engine: Engine) -> None:
    """Leave nothing of deleted rows in SQLite's journal; other databases clean up by themselves."""
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")


@lru_cache(maxsize=64)
def engine_of(name: str, dialect: str, schema: str | None, address: str) -> Engine:
    """Return the engine of a database: made once a process, for it keeps the statements that it has compiled."""
    url = _checked(name, dialect, address)
    backend = url.get_backend_name()
    arguments, prepare = _arguments(backend)
    # A search that finds no index would otherwise lock every row that it meets in MariaDB and MySQL.
    level = {"isolation_level": "READ COMMITTED"} if backend in _ALIKE else {}
    try:
        engine = create_engine(url, hide_parameters=True, poolclass=NullPool, connect_args=arguments, **level)
    except (SQLAlchemyError, ImportError, TypeError):
        raise DescriptionError(
            f"{name}: There is no driver for {dialect} here; install it beside the service."
        ) from None
    event.listen(engine, "connect", prepare)
    if backend == "sqlite":
        event.listen(engine, "begin", _begin_sqlite)
    if backend == "postgresql" and schema:
        event.listen(engine, "connect", _in_schema(schema))
    return engine


def _checked(name: str, dialect: str, address: str) -> URL:
    # The address is not repeated: it may hold a password.
    try:
        url = make_url(address)
        backend = url.get_backend_name()
    except (ArgumentError, ValueError):
        raise DescriptionError(f"{name}: The address is not such as {dialect}://user:password@host/database.") from None
    if backend != dialect and not {backend, dialect} <= _ALIKE:
        raise DescriptionError(f"{name}: The address is of {backend}, the description says {dialect}.")
    if not url.database:
        raise DescriptionError(f"{name}: The address names no database.")
    if backend == "sqlite":
        # Not made where it is missing: an empty database would hold nothing to erase.
        return URL.create("sqlite", database=f"file:{quote(url.database)}", query={"mode": "rw", "uri": "true"})
    return url.set(drivername=f"{backend}+{_DRIVERS[backend]}") if backend in TESTED else url


def _arguments(backend: str) -> tuple[dict[str, Any], Connect]:  # Any: each driver has its own
    """Return what a driver is given, and what is done with each new connection: both set its time-outs."""
    if backend == "postgresql":
        limits = {
            "statement_timeout": STATEMENT_SECONDS * _MS,
            "lock_timeout": LOCK_SECONDS * _MS,
            "idle_in_transaction_session_timeout": 2 * STATEMENT_SECONDS * _MS,
            "timezone": "UTC",
        }
        options = " ".join(f"-c {name}={value}" for name, value in limits.items())
        return {"connect_timeout": CONNECT_SECONDS, "options": options}, _nothing
    if backend in _ALIKE:
        patience = 2 * STATEMENT_SECONDS
        waits = {"connect_timeout": CONNECT_SECONDS, "read_timeout": patience, "write_timeout": patience}
        return waits, _prepare_mysql
    if backend == "sqlite":
        return {"timeout": LOCK_SECONDS, "check_same_thread": False}, _prepare_sqlite
    return {}, _nothing


def _nothing(_connection: Any, _record: Any) -> None:  # Any: as Connect has it
    """Leave a connection as it is."""


def _prepare_mysql(connection: Any, _record: Any) -> None:  # Any: as above
    with connection.cursor() as cursor:
        cursor.execute("SELECT version()")
        is_mariadb = "mariadb" in cursor.fetchone()[0].lower()
        limit = f"max_statement_time = {STATEMENT_SECONDS}"
        if not is_mariadb:
            limit = f"max_execution_time = {STATEMENT_SECONDS * _MS}"
        cursor.execute(
            f"SET SESSION {limit}, innodb_lock_wait_timeout = {LOCK_SECONDS}, lock_wait_timeout = {LOCK_SECONDS}, "
            "time_zone = '+00:00', sql_mode = CONCAT(@@sql_mode, ',STRICT_ALL_TABLES')"
        )


def _prepare_sqlite(connection: Any, _record: Any) -> None:  # Any: as above
    connection.isolation_level = None  # we say BEGIN ourselves
    for pragma in ("foreign_keys=ON", "secure_delete=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("connector_writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _in_schema(schema: str) -> Connect:
    def prepare(connection: Any, _record: Any) -> None:  # Any: as above
        quoted = schema.replace('"', '""')
        connection.execute("SELECT set_config('search_path', %s, false)", (f'"{quoted}"',))
        connection.commit()

    return prepare


def _code(error: SQLAlchemyError) -> Any:  # Any: text or a number by driver
    cause = getattr(error, "orig", None)
    return getattr(cause, "sqlstate", None) or next(iter(getattr(cause, "args", ())), None)


def _reason(error: SQLAlchemyError) -> str:
    """Return the kind of an error and its code, which hold no values."""
    code, kind = _code(error), type(getattr(error, "orig", None) or error).__name__
    return f"{kind} {code}" if isinstance(code, int) or (isinstance(code, str) and len(code) == len("08006")) else kind
