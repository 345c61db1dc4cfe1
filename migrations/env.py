"""Alembic's environment: loads every table by path and runs on the given connection or address."""

import importlib
import os
import sqlite3
from pathlib import Path

from alembic import context
from sqlalchemy import create_engine, event, pool

from consent_service.config import Settings
from consent_service.database import engine_options, prepare_engine
from consent_service.kernel.db import Base
from consent_service.online_changes import WAIT_FOR_LOCK

ROOT = Path(__file__).resolve().parent.parent
for path in sorted((ROOT / "consent_service").glob("*/tables.py")):
    importlib.import_module(f"consent_service.{path.parent.name}.tables")


def run() -> None:
    """Run the migrations, each in a transaction of its own."""
    connection = context.config.attributes.get("connection")
    if connection is not None:
        _migrate(connection)
        return
    settings = Settings.from_env(os.environ)
    url = settings.database_url
    options = {
        name: value
        for name, value in engine_options(url, pooled=settings.database_pooled).items()
        if name == "connect_args"
    }
    engine = create_engine(url, poolclass=pool.NullPool, **options)
    prepare_engine(engine)
    with engine.connect() as connection:
        _migrate(connection)


def _migrate(connection) -> None:
    is_sqlite = connection.dialect.name == "sqlite"
    if is_sqlite:  # altering a table makes it anew there, which its references would forbid
        _pragma(connection, "foreign_keys=OFF")
    elif not event.contains(connection, "begin", _wait_briefly):
        event.listen(connection, "begin", _wait_briefly)
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        transaction_per_migration=True,
        compare_type=True,
        render_as_batch=is_sqlite,
    )
    with context.begin_transaction():
        context.run_migrations()
    if is_sqlite:
        connection.commit()
        broken = _pragma(connection, "foreign_key_check").fetchall()
        _pragma(connection, "foreign_keys=ON")
        if broken:
            raise RuntimeError(f"References are broken after the migration, in: {sorted({row[0] for row in broken})}.")


def _wait_briefly(connection) -> None:
    """Give way in each transaction; outside of one nothing is held while it is waited for a lock."""
    if connection.get_execution_options().get("isolation_level") != "AUTOCOMMIT":
        connection.execute(WAIT_FOR_LOCK)


def _pragma(connection, words: str) -> sqlite3.Cursor:
    """Run a pragma outside any transaction, where alone it takes effect."""
    return connection.connection.driver_connection.execute(f"PRAGMA {words}")


run()
