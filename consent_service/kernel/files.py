"""Files that nobody else may read."""

import os
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
