"""Files that are there whole or not at all."""

import os
import secrets
from pathlib import Path


def write_private(place: Path, text: str) -> None:
    """Write a new file with mode 0600 through to the disk.

    Raises:
        FileExistsError: There is such a file already.
    """
    descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def replace_file(place: Path, body: bytes) -> None:
    """Write a file that others may read, whole or not at all, through to the disk."""
    place.parent.mkdir(parents=True, exist_ok=True)
    fresh = place.with_name(f".{place.name}.{secrets.token_hex(8)}")
    with fresh.open("wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(place)
