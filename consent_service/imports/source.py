"""The file that is imported: opened once, known by the digest of its bytes, refused when it changes meanwhile."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from hashlib import file_digest
from pathlib import Path
from stat import S_ISREG
from typing import BinaryIO

from consent_service.kernel.errors import ConflictError, InvalidInputError


class Form(StrEnum):
    """How a file is written."""

    NDJSON = "ndjson"
    CSV = "csv"


_FORMS = {".ndjson": Form.NDJSON, ".jsonl": Form.NDJSON, ".csv": Form.CSV}


@dataclass(frozen=True, slots=True)
class Source:
    """An open file; ``digest`` is the SHA-256 of its bytes."""

    path: Path
    file: BinaryIO
    form: Form
    size: int
    digest: bytes
    _changed_at: int

    def check_same(self) -> None:
        """Refuse to go on with a file that is written to.

        Raises:
            ConflictError: It has changed since it was opened.
        """
        now = os.fstat(self.file.fileno())
        if (now.st_size, now.st_mtime_ns) != (self.size, self._changed_at):
            raise ConflictError(
                "The file was changed while it was imported. What was recorded stays; import the changed file as it is "
                "now: what stands in both is recognised."
            )


@contextmanager
def opened(path: Path, form: Form | None) -> Iterator[Source]:
    """Yield a file, its form told by its name unless it is given.

    Raises:
        InvalidInputError: It is empty or no plain file, or its name does not tell its form.
    """
    form = form or _FORMS.get(path.suffix.lower())
    if form is None:
        raise InvalidInputError("The name of the file does not say how it is written: give --format ndjson or csv.")
    with path.open("rb") as file:
        found = os.fstat(file.fileno())
        if not S_ISREG(found.st_mode):
            raise InvalidInputError("This is no plain file: write what is to be imported into one first.")
        if not found.st_size:
            raise InvalidInputError("The file is empty: there is nothing to import.")
        source = Source(path, file, form, found.st_size, file_digest(file, "sha256").digest(), found.st_mtime_ns)
        source.check_same()
        yield source
