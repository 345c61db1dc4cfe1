"""The folder of heads and of the log of erasures: taken along, and put back only where there is none.

It is copied after the database: a log that is ahead of a database is caught up with by a replay, one that is behind it
would be lost.
"""

import os
import shutil
import tarfile
from pathlib import Path

from consent_service.backups.faults import BackupError
from consent_service.backups.sealing import OpeningReader, SealingWriter
from consent_service.erasure.log import LOG
from consent_service.erasure.restored import MARK
from consent_service.kernel.files import locked

_UNPACKED = ".restoring"


def write_folder(folder: Path, into: SealingWriter) -> None:
    """Write the files of the folder; those that begin with a dot are locks, or not written yet.

    In the order of their names heads come before their tiles.  The log of erasures stands still meanwhile.
    """
    with tarfile.open(fileobj=into, mode="w|") as tar:  # type: ignore[call-overload]  # it asks for write() alone
        if not folder.is_dir():
            return
        with locked(folder / LOG):
            for path in sorted(folder.rglob("*")):
                name = path.relative_to(folder)
                if path.is_file() and name.name != MARK and not any(part.startswith(".") for part in name.parts):
                    tar.add(path, str(name), recursive=False)


def is_empty(folder: Path) -> bool:
    """Say whether nothing is in the folder that a restore would have to keep."""
    return not folder.is_dir() or all(path.name.startswith(".") or path.name == MARK for path in folder.iterdir())


def unpack(source: OpeningReader, folder: Path) -> None:
    """Unpack the files within the folder, apart from those that are there."""
    place = folder / _UNPACKED
    forget_unpacked(folder)
    place.mkdir(parents=True)
    try:
        with tarfile.open(fileobj=source, mode="r|") as tar:
            tar.extractall(place, filter="data")
    except tarfile.TarError as error:
        raise BackupError("The folder of the ledger in the backup cannot be unpacked. Nothing was changed.") from error


def forget_unpacked(folder: Path) -> None:
    """Remove what was unpacked and not moved in."""
    shutil.rmtree(folder / _UNPACKED, ignore_errors=True)


def move_in(folder: Path) -> None:
    """Let what was unpacked take its place, through to the disk."""
    place = folder / _UNPACKED
    for path in sorted(place.iterdir()):
        if (folder / path.name).is_dir():
            shutil.rmtree(folder / path.name)
        path.replace(folder / path.name)
    place.rmdir()
    os.sync()
