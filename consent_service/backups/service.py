"""Making a backup, checking it, putting it back: each whole or not at all."""

import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from consent_service.backups import ledger_folder
from consent_service.backups.databases import Database
from consent_service.backups.faults import BackupError
from consent_service.backups.manifest import (
    DATABASE,
    LEDGER,
    MANIFEST,
    BackupKey,
    Manifest,
    begin,
    finished,
    read_manifest,
)
from consent_service.backups.sealing import OpeningReader, Sealed, SealingWriter, damaged, digest, opened
from consent_service.erasure.restored import Restore, note_restore, restore_of, take_back
from consent_service.kernel.files import sync_folder
from consent_service.kernel.key_file import KeyFile


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that was read from end to end and is what its manifest says."""

    folder: Path
    manifest: Manifest
    key: BackupKey


def make_backup(
    database: Database, ledger: Path, key_file: KeyFile, folder: Path, *, schema: str, now: datetime
) -> Backup:
    """Write a new backup, read it back, and only then give it its name.

    Raises:
        BackupError: The folder is there already, or something cannot be copied; nothing of the name was made.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BackupError(f"{folder} is there already: name a new folder for each backup.")
    if key_file.path.resolve().is_relative_to(ledger.resolve()):
        raise BackupError(f"The key file lies in LEDGER_DIR, which is backed up: keep it elsewhere ({key_file.path}).")
    folder.parent.mkdir(parents=True, exist_ok=True)
    unfinished = folder.with_name(f".{folder.name}.{secrets.token_hex(8)}.unfinished")
    unfinished.mkdir(mode=0o700)
    try:
        manifest, key = begin(key_file, database.dialect, schema, now)
        files = {
            DATABASE: _sealed(unfinished, DATABASE, key, database.copy),
            LEDGER: _sealed(unfinished, LEDGER, key, lambda into: ledger_folder.write_folder(ledger, into)),
        }
        _write(unfinished / MANIFEST, finished(manifest, key, files))
        sync_folder(unfinished)
        made = open_backup(unfinished, key_file)
        unfinished.replace(folder)
        sync_folder(folder.parent)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    return Backup(folder, made.manifest, made.key)


def open_backup(folder: Path, key_file: KeyFile) -> Backup:
    """Read a backup from end to end, changing nothing.

    Raises:
        BackupError: It is damaged, cut off, altered, of another installation, or its key is gone.
    """
    manifest, key = read_manifest(folder, key_file)
    for name, sealed in manifest.files.items():
        try:
            with (folder / name).open("rb") as file:
                if digest(file) != sealed:
                    raise damaged(name)
                file.seek(0)
                for _ in opened(file, key.of_file(name), name):
                    pass
        except FileNotFoundError as error:
            raise BackupError(f"The backup has no {name}: use another one. Nothing was changed.") from error
    return Backup(folder, manifest, key)


def put_back(backup: Backup, database: Database, ledger: Path, *, replace: bool) -> bool:
    """Put a backup back; the service starts no more before somebody answers for it.

    Returns whether the folder of the ledger was put back too: it is where there was none.

    Raises:
        BackupError: It is of another kind of database, or the database has data; nothing was changed.
    """
    if backup.manifest.dialect != database.dialect:
        raise BackupError(
            f"The backup is of {backup.manifest.dialect}, and DATABASE_URL names {database.dialect}: set an address of "
            "that kind. Nothing was changed."
        )
    before = restore_of(ledger)
    if not replace and database.has_data():
        raise BackupError(
            "The database has data, which a restore would replace: --replace-data does so. Nothing was changed."
        )
    fills = ledger_folder.is_empty(ledger) or (before is not None and before.fills and not before.finished)
    note = Restore(backup.manifest.made_at, finished=False, fills=fills)
    note_restore(ledger, note)
    try:
        if fills:
            with _unsealed(backup, LEDGER) as source:
                ledger_folder.unpack(source, ledger)
        with _unsealed(backup, DATABASE) as source:
            database.put_back(source)
    except BaseException:
        ledger_folder.forget_unpacked(ledger)
        take_back(ledger, before)
        raise
    if fills:
        ledger_folder.move_in(ledger)
    note_restore(ledger, Restore(note.made_at, finished=True, fills=fills))
    return fills


def _sealed(folder: Path, name: str, key: BackupKey, write: Callable[[SealingWriter], None]) -> Sealed:
    descriptor = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        writer = SealingWriter(file, key.of_file(name), name)
        write(writer)
        made = writer.finish()
        file.flush()
        os.fsync(file.fileno())
    return made


@contextmanager
def _unsealed(backup: Backup, name: str) -> Iterator[OpeningReader]:
    with (backup.folder / name).open("rb") as file:
        yield OpeningReader(file, backup.key.of_file(name), name)


def _write(place: Path, body: bytes) -> None:
    with os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
