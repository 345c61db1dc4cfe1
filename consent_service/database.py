"""The Flask-SQLAlchemy handle: engines and the life of sessions, nothing else."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Connection, Engine, ExceptionContext, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

from consent_service.kernel import silence
from consent_service.kernel.afterwards import take_afterwards
from consent_service.kernel.db import Base
from consent_service.kernel.errors import SettingsError

db = SQLAlchemy(metadata=Base.metadata)

# A transaction that writes takes SQLite's write lock when it begins, so that it never fails half way for a lock.
WRITES = {"kelisim_writes": True}
BUSY_TIMEOUT_SECONDS = 30
PING_AFTER_SECONDS = 1
CONNECT_SECONDS = 5
_KEPT_OPEN = 10  # connections of a process, once they were needed
_LOOK_AGAIN_SECONDS = 0.001
_READ_ONLY = "25006"  # PostgreSQL's word for a write where nothing is written: on a standby
# A host that is gone, on either side, is noticed within 25 seconds; until then a session keeps its locks.
_GONE_AFTER = {"tcp_user_timeout": 20000, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3}
_OWN_SESSION = {
    "options": "-c timezone=UTC -c lock_timeout=30000 -c tcp_user_timeout=20000 "
    "-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3"
}
_UTC = {"UTC", "Etc/UTC"}
_POOLED = {"prepare_threshold": None}
_RESTS_SINCE = "rests_since"
SINGLE_READS = "single_reads"
# SQLite lets one connection write at a time, and those that wait sleep longer and longer: threads queue here instead.
_ONE_WRITER = threading.Lock()


def engine_options(
    url: str, *, pooled: bool = False, threads: int = 0
) -> dict[str, Any]:  # Any: SQLAlchemy's own signature of create_engine
    """Return the options of the engine for a database address.

    ``threads``: how many may want a connection at once; each has one, so that a slow disk lets nobody wait for another.
    ``pooled``: a pooler hands each transaction to any connection of the server: nothing of a session may be relied on,
    so no statement is prepared, and what a session is set to is the role's own (``check_pooled``).
    A server that takes no writes is not connected to: what a standby says may be old.
    """
    if make_url(url).get_backend_name() == "sqlite":
        return {"connect_args": {"timeout": BUSY_TIMEOUT_SECONDS, "check_same_thread": False}}
    return {
        "pool_size": _KEPT_OPEN,
        "max_overflow": max(_KEPT_OPEN, threads),
        "connect_args": {"connect_timeout": CONNECT_SECONDS, "target_session_attrs": "read-write"}
        | _GONE_AFTER
        | (_POOLED if pooled else _OWN_SESSION),
    }


def single_read_options(url: str, *, pooled: bool = False, threads: int = 0) -> dict[str, Any]:  # Any: as above
    """Return the options of the engine for single statements that read: no BEGIN, nothing to undo, always an index.

    A plan that was made while a table was small would read the whole of it until the table is next analysed.
    """
    options = engine_options(url, pooled=pooled, threads=threads) | {"pool_reset_on_return": None}
    if make_url(url).get_backend_name() == "postgresql":
        options["isolation_level"] = "AUTOCOMMIT"
        if not pooled:  # behind a pooler no plan is kept
            options["connect_args"] |= {"options": _OWN_SESSION["options"] + " -c enable_seqscan=off"}
    return options


def prepare_engine(engine: Engine) -> None:
    """Set what every connection needs: SQLite's journal, foreign keys, real deletion and explicit BEGIN."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _configure_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        event.listen(engine, "do_connect", _connect_watched)
        event.listen(engine, "checkin", _note_rest)
        event.listen(engine, "checkout", partial(_ping_after_rest, engine))
        event.listen(engine, "handle_error", _leave_standby)


def init_database(app: Flask, url: str, *, pooled: bool = False, threads: int = 0) -> None:
    """Bind the handle to an app."""
    name = make_url(url).database
    if make_url(url).get_backend_name() == "sqlite" and name:
        Path(name).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options(url, pooled=pooled, threads=threads)
    reads = single_read_options(url, pooled=pooled, threads=threads)
    app.config["SQLALCHEMY_BINDS"] = {SINGLE_READS: {"url": url, **reads}}
    db.init_app(app)
    with app.app_context():
        for engine in db.engines.values():
            prepare_engine(engine)


def check_pooled(app: Flask) -> None:
    """Refuse a pooler whose connections lack what the service asks of its own: waiting with an end, and UTC.

    Raises:
        SettingsError: They do; the detail says how to give it to them.
    """
    with app.app_context():
        with db.engine.connect() as connection:
            waits, zone = connection.execute(
                text("SELECT current_setting('lock_timeout'), current_setting('timezone')")
            ).one()
        db.engine.dispose()
    if waits == "0" or zone not in _UTC:
        raise SettingsError(
            "DATABASE_POOLED is 1, and the pooler's connections wait for locks without end, or are not in UTC. "
            "Run: ALTER ROLE ... SET lock_timeout = '30s'; ALTER ROLE ... SET timezone = 'UTC'; and start it again."
        )


@contextmanager
def transaction() -> Iterator[Session]:
    """Yield the session of one writing transaction: committed when the block ends, rolled back when it raises."""
    session = db.session()
    session.rollback()
    take_afterwards(session)
    with _ONE_WRITER if session.get_bind().dialect.name == "sqlite" else nullcontext():
        session.connection(execution_options=WRITES)
        try:
            yield session
            session.commit()
        except BaseException:
            session.rollback()
            raise
    for act in take_afterwards(session):
        act()


def commit_without_waiting(session: Session) -> None:
    """Let a transaction of PostgreSQL commit before it is on the disk, so that nobody waits for that behind its locks.

    A server that dies may forget it, whole, and whatever came after it, until ``wait_for_earlier`` has been committed.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SET LOCAL synchronous_commit = off"))


def wait_for_earlier(session: Session) -> None:
    """Let the commit of a transaction wait until all that was committed before it is on the disk too."""
    if session.get_bind().dialect.name == "postgresql":  # only one that writes to the log of the server waits for it
        session.execute(text("SELECT pg_logical_emit_message(true, 'kelisim', '')"))


@contextmanager
def reading() -> Iterator[Session]:
    """Yield a session for reads alone; whatever it did is rolled back.

    On PostgreSQL each statement has a snapshot of its own in any case, so BEGIN and ROLLBACK would be two round trips
    for nothing; on SQLite they give all statements one snapshot and cost next to nothing.
    """
    session = db.session()
    session.rollback()
    if session.get_bind().dialect.name == "postgresql":
        session.connection(execution_options={"isolation_level": "AUTOCOMMIT"})
    try:
        yield session
    finally:
        session.rollback()


@contextmanager
def snapshot() -> Iterator[Session]:
    """Yield a session whose statements all see the database of one instant; for reads of many rows, part by part."""
    session = db.session()
    session.rollback()
    if session.get_bind().dialect.name == "postgresql":
        session.connection(execution_options={"isolation_level": "REPEATABLE READ", "postgresql_readonly": True})
    try:
        yield session
    finally:
        session.rollback()


def empty_journal() -> bool:
    """Leave nothing of deleted rows in SQLite's journal: it is written into the file, whose free pages are zeroed.

    Waits for readers as long as for a lock; False where one of them has stayed longer, and the journal is as it was.
    """
    if db.engine.dialect.name != "sqlite":
        return True
    with db.engine.connect() as connection:
        is_busy, _, _ = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()
    return not is_busy


def _connect_watched(
    _dialect: object, _record: object, arguments: tuple[Any, ...], parameters: dict[str, Any]
) -> silence.WatchedConnection:  # Any: as the driver takes them
    return silence.connect(*arguments, **parameters)


def _note_rest(_connection: object, record: ConnectionPoolEntry) -> None:
    record.info[_RESTS_SINCE] = time.monotonic()


def _ping_after_rest(
    engine: Engine, connection: Any, record: ConnectionPoolEntry, _fairy: object
) -> None:  # Any: as below
    """Ask a connection that nobody has used for a second whether it still lives; the pool brings another if not."""
    if time.monotonic() - record.info.get(_RESTS_SINCE, time.monotonic()) > PING_AFTER_SECONDS:
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise DisconnectionError from error


def _leave_standby(context: ExceptionContext) -> None:
    """Take a server that has stopped to take writes for one that went away: connect anew, to the primary."""
    if getattr(context.original_exception, "sqlstate", None) == _READ_ONLY:
        context.is_disconnect = True


def _configure_sqlite(connection: Any, _record: object) -> None:  # Any: a DBAPI connection has no common type
    connection.isolation_level = None  # we say BEGIN ourselves
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    if connection.get_execution_options().get("kelisim_writes"):
        _begin_writing(connection)
    else:
        connection.exec_driver_sql("BEGIN")


def _begin_writing(connection: Connection) -> None:
    """Take the write lock soon after another process lets it go; SQLite itself sleeps up to a tenth of a second."""
    raw: Any = connection.connection.dbapi_connection  # Any: as below
    until = time.monotonic() + BUSY_TIMEOUT_SECONDS
    raw.execute("PRAGMA busy_timeout = 0")
    try:
        while time.monotonic() < until:
            try:
                raw.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                    break
            else:
                return
            time.sleep(_LOOK_AGAIN_SECONDS)
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # which says what is wrong
    finally:
        raw.execute(f"PRAGMA busy_timeout = {int(1000 * BUSY_TIMEOUT_SECONDS)}")
