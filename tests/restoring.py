"""Backups of real databases, taken and put back: a copied file of SQLite, a copied database of PostgreSQL."""

import secrets
import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from flask import Flask
from sqlalchemy import create_engine, make_url, text

from consent_service.database import db, empty_journal


class Backup:
    """Databases as they were, by their addresses."""

    def __init__(self, app: Flask, folder: Path, urls: Sequence[str]) -> None:
        self.app, self.urls = app, {url: f"backup_{secrets.token_hex(6)}" for url in urls}
        self.folder = folder
        self._let_go()
        for url, name in self.urls.items():
            if url.startswith("sqlite"):
                shutil.copy(_file(url), folder / name)
            else:
                _run(url, f'CREATE DATABASE "{name}" TEMPLATE "{_name(url)}"')

    def put_back(self, *urls: str) -> None:
        """Put databases back as they were; all of them where none is named."""
        self._let_go()
        for url in urls or self.urls:
            if url.startswith("sqlite"):
                for left in _file(url).parent.glob(f"{_file(url).name}-*"):
                    left.unlink()
                shutil.copy(self.folder / self.urls[url], _file(url))
            else:
                _run(url, f'DROP DATABASE "{_name(url)}" WITH (FORCE)')
                _run(url, f'CREATE DATABASE "{_name(url)}" TEMPLATE "{self.urls[url]}"')

    def drop(self) -> None:
        for url, name in self.urls.items():
            if not url.startswith("sqlite"):
                _run(url, f'DROP DATABASE "{name}" WITH (FORCE)')

    def _let_go(self) -> None:
        """Close what this process has open."""
        with self.app.app_context():
            empty_journal()
            db.session.remove()
            db.engine.dispose()


@contextmanager
def backups(app: Flask, folder: Path) -> Iterator["Backups"]:
    """Yield what takes backups; those of servers are dropped at the end."""
    with ExitStack() as stack:
        yield Backups(app, folder, stack)


class Backups:
    """Takes backups."""

    def __init__(self, app: Flask, folder: Path, stack: ExitStack) -> None:
        self.app, self.folder, self.stack = app, folder, stack

    def take(self, *urls: str) -> Backup:
        """Take a backup of some databases."""
        made = Backup(self.app, self.folder, urls)
        self.stack.callback(made.drop)
        return made


def _file(url: str) -> Path:
    return Path(make_url(url).database or "")


def _name(url: str) -> str:
    return make_url(url).database or ""


def _run(url: str, statement: str) -> None:
    engine = create_engine(make_url(url).set(database="postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()
