"""Where the files of tests lie: in memory, where there is room."""

import os
import shutil
from pathlib import Path

MEMORY = Path("/dev/shm")  # noqa: S108 - the place of shared memory, not a name that others can guess
MEMORY_WANTED = 4 << 30  # bytes; each of the workers has a server of its own


def quick_place() -> Path | None:
    """Return the folder in memory, where there is one with room: a copy of a database is 300 files."""
    if not os.access(MEMORY, os.W_OK) or shutil.disk_usage(MEMORY).free < MEMORY_WANTED:
        return None
    return MEMORY
