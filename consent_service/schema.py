"""Bringing the database to the schema of this release."""

import importlib
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

ROOT = Path(__file__).resolve().parent.parent
MIGRATION_LOCK = 0x6B656C69  # one migration at a time, however many nodes start


def alembic_config() -> Config:
    """Return Alembic's configuration, independent of the working directory."""
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    return config


def migrate(app: Flask, revision: str = "head") -> None:
    """Upgrade the database; nothing happens when it is there already."""
    with app.app_context(), _alone(), db.engine.connect() as connection:
        config = alembic_config()
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        connection.commit()


@contextmanager
def _alone() -> Iterator[None]:
    """Hold the lock of migrations in a transaction of its own: behind a pooler a session holds nothing."""
    with db.engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": MIGRATION_LOCK})
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
