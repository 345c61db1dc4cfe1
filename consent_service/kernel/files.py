"""Files that are there whole or not at all."""

import fcntl
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path


def write_private(place: Path, text: str) -> None:
    """Write a new file with mode 0600 through to the disk.

    Raises:
        FileExistsError: There is such a file already.
    """
    descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        place.unlink()
        raise


def replace_private(place: Path, text: str) -> None:
    """Replace a file by one with mode 0600, whole or not at all, through to the disk."""
    fresh = place.with_name(f".{place.name}.{secrets.token_hex(8)}")
    write_private(fresh, text)
    fresh.replace(place)
    sync_folder(place.parent)


@contextmanager
def locked(place: Path) -> Iterator[None]:
    """Hold a lock beside a file, against other processes of this machine."""
    with place.with_name(f".{place.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder through to the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def replace_file(place: Path, body: bytes) -> None:
    """Write a file that others may read, whole or not at all, through to the disk."""
    place.parent.mkdir(parents=True, exist_ok=True)
    fresh = place.with_name(f".{place.name}.{secrets.token_hex(8)}")
    try:
        with fresh.open("wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(place)
    finally:  # of a full disk each try would take more
        fresh.unlink(missing_ok=True)


def write_private_parts(place: Path, parts: Iterable[bytes]) -> None:
    """Write a new file with mode 0600 that comes in parts, whole or not at all, through to the disk.

    Raises:
        FileExistsError: There is such a file already.
    """
    fresh = place.with_name(f".{place.name}.{secrets.token_hex(8)}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            for part in parts:
                file.write(part)
            file.flush()
            os.fsync(file.fileno())
        os.link(fresh, place)
    finally:
        fresh.unlink()
    sync_folder(place.parent)
