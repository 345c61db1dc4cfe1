"""Bringing the database to the schema of this release."""

import importlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from flask import Flask
from sqlalchemy import text

from consent_service.database import db
from consent_service.online_changes import PAUSE_SECONDS, TELL, WAIT, Tell, Wait, insist

ROOT = Path(__file__).resolve().parent.parent
MIGRATION_LOCK = 0x6B656C69  # one migration at a time, however many nodes start


def alembic_config() -> Config:
    """Return Alembic's configuration, independent of the working directory."""
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    return config


def migrate(
    app: Flask,
    revision: str = "head",
    tell: Tell = lambda _words: None,
    wait: Wait = time.sleep,
) -> None:
    """Upgrade the database while the service goes on; nothing happens when it is there already.

    Raises:
        TryAgainError: Others held what must change, for long; what is done stays done.
    """
    with app.app_context(), _alone(tell, wait), db.engine.connect() as connection:
        config = alembic_config()
        config.attributes |= {"connection": connection, TELL: tell, WAIT: wait}

        def go_on() -> None:
            try:
                command.upgrade(config, revision)
                connection.commit()
            finally:
                connection.rollback()

        insist(go_on, tell, wait)


@contextmanager
def _alone(tell: Tell, wait: Wait) -> Iterator[None]:
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


def load_tables() -> None:
    """See to it that every table of the service is known to this process, whatever of it it has imported."""
    for place in sorted(Path(__file__).parent.glob("*/tables.py")):
        importlib.import_module(f"consent_service.{place.parent.name}.tables")
