"""SQLite: copied by its online backup, put back by replacing the file."""

import os
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from shutil import copyfileobj

from consent_service.backups.faults import BackupError
from consent_service.backups.sealing import CHUNK, OpeningReader, SealingWriter
from consent_service.kernel.files import sync_folder

_BESIDE = ("-wal", "-shm", "-journal")


class SqliteFile:
    """A database in a file."""

    dialect = "sqlite"

    def __init__(self, place: Path) -> None:
        self.place = place

    def copy(self, into: SealingWriter) -> None:
        """Write the file of one instant; what others write meanwhile is not waited for."""
        with self._fresh() as fresh:
            with closing(sqlite3.connect(self.place)) as source, closing(sqlite3.connect(fresh)) as target:
                source.backup(target)
                target.execute("PRAGMA journal_mode=DELETE")
                found = target.execute("PRAGMA quick_check(1)").fetchone()[0]
            if found != "ok":
                raise BackupError("The database file is damaged (PRAGMA quick_check says so): no backup was made.")
            with fresh.open("rb") as file:
                copyfileobj(file, into, CHUNK)

    def has_data(self) -> bool:
        """Say whether there is a table."""
        if not self.place.exists() or not self.place.stat().st_size:
            return False
        try:
            with closing(sqlite3.connect(self.place)) as connection:
                return connection.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchone() is not None
        except sqlite3.DatabaseError:
            return True  # what cannot be read is not called empty

    def put_back(self, source: OpeningReader) -> None:
        """Replace the file, while nobody has it open."""
        self.place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self._fresh() as fresh:
            with fresh.open("wb") as file:
                copyfileobj(source, file, CHUNK)
                file.flush()
                os.fsync(file.fileno())
            with self._alone():
                for ending in _BESIDE:  # of a file that is gone: they must not meet the new one
                    self.place.with_name(self.place.name + ending).unlink(missing_ok=True)
                fresh.replace(self.place)
                sync_folder(self.place.parent)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold the file that is there against everybody else; its journal is emptied into it."""
        if not self.has_data():
            yield
            return
        with closing(sqlite3.connect(self.place, timeout=0, isolation_level=None)) as connection:
            try:
                connection.execute("PRAGMA journal_mode=DELETE")
                connection.execute("BEGIN EXCLUSIVE")
            except sqlite3.OperationalError as error:
                raise BackupError("The database is in use: stop web and worker first. Nothing was changed.") from error
            except sqlite3.DatabaseError:
                pass  # it is damaged: nothing can be held in it
            yield

    @contextmanager
    def _fresh(self) -> Iterator[Path]:
        """Yield a new private file beside the database; it is gone afterwards."""
        fresh = self.place.with_name(f".{self.place.name}.{secrets.token_hex(8)}")
        os.close(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        try:
            yield fresh
        finally:
            for ending in ("", *_BESIDE):
                fresh.with_name(fresh.name + ending).unlink(missing_ok=True)
