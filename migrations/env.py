"""Alembic's environment: loads every table by path and runs on the given connection or address."""

import importlib
import os
from pathlib import Path

from alembic import context
from sqlalchemy import create_engine, pool

from consent_service.config import Settings
from consent_service.database import engine_options, prepare_engine
from consent_service.kernel.db import Base

ROOT = Path(__file__).resolve().parent.parent
for path in sorted((ROOT / "consent_service").glob("*/tables.py")):
    importlib.import_module(f"consent_service.{path.parent.name}.tables")


def run() -> None:
    """Run the migrations, each in a transaction of its own."""
    connection = context.config.attributes.get("connection")
    if connection is not None:
        _migrate(connection)
        return
    url = Settings.from_env(os.environ).database_url
    options = {name: value for name, value in engine_options(url).items() if name == "connect_args"}
    engine = create_engine(url, poolclass=pool.NullPool, **options)
    prepare_engine(engine)
    with engine.connect() as connection:
        _migrate(connection)


def _migrate(connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        transaction_per_migration=True,
        compare_type=True,
        render_as_batch=connection.dialect.name == "sqlite",
    )
    with context.begin_transaction():
        context.run_migrations()


run()
