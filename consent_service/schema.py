"""Bringing the database to the schema of this release."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from consent_service.database import db
from consent_service.kernel.errors import TryAgainError
from consent_service.online_changes import TELL

ROOT = Path(__file__).resolve().parent.parent
MIGRATION_LOCK = 0x6B656C69  # one migration at a time, however many nodes start
PAUSE_SECONDS = 1.0
TRIES = 600  # of half a second each, and a pause
_GIVEN_WAY = {"55P03", "40P01"}  # PostgreSQL's words for a lock that was waited for too long, and for a deadlock


def alembic_config() -> Config:
    """Return Alembic's configuration, independent of the working directory."""
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    return config


def migrate(
    app: Flask,
    revision: str = "head",
    tell: Callable[[str], None] = lambda _words: None,
    wait: Callable[[float], None] = time.sleep,
) -> None:
    """Upgrade the database while the service goes on; nothing happens when it is there already.

    A migration that does not get its lock at once gives way, so that nobody queues behind it, and is begun again.

    Raises:
        TryAgainError: It did not get it for a quarter of an hour; what is done stays done.
    """
    with app.app_context(), _alone(tell, wait), db.engine.connect() as connection:
        config = alembic_config()
        config.attributes |= {"connection": connection, TELL: tell}
        for _ in range(TRIES):
            try:
                command.upgrade(config, revision)
                connection.commit()
            except OperationalError as error:
                connection.rollback()
                if getattr(error.orig, "sqlstate", None) not in _GIVEN_WAY:
                    raise
                tell("Others hold a table that this migration must change: it gives way to them and begins again.")
                wait(PAUSE_SECONDS)
            else:
                return
    raise TryAgainError(
        "Another transaction holds a table that must change: a backup, an export, or a console that was left open. "
        "End it, or wait for its end, and run migrate again: it goes on where it stands."
    )


@contextmanager
def _alone(tell: Callable[[str], None], wait: Callable[[float], None]) -> Iterator[None]:
    """Hold the lock of migrations in a transaction of its own: behind a pooler a session holds nothing.

    Who waits for it asks again and again: an index is built once no older statement is under way, such as a wait.
    """
    with db.engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            while not connection.scalar(text("SELECT pg_try_advisory_xact_lock(:lock)"), {"lock": MIGRATION_LOCK}):
                connection.rollback()
                tell("Another migration of this database is under way: this one waits for its end.")
                wait(PAUSE_SECONDS)
            # It rests for long.  And a statement without rows lets go of what the one before it saw: else an index
            # that is built concurrently would wait for this very transaction.
            connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        yield


def revision(app: Flask) -> str | None:
    """Return the revision of the database as it is; None where it has no schema."""
    with app.app_context(), db.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def knows(revision: str) -> bool:
    """Say whether this release can bring a database from a revision to its own."""
    try:
        return ScriptDirectory.from_config(alembic_config()).get_revision(revision) is not None
    except CommandError:
        return False


def head() -> str | None:
    """Return the revision of this release."""
    return ScriptDirectory.from_config(alembic_config()).get_current_head()
