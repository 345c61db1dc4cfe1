"""Sealed files: chunks, each sealed for its place, so that none can be left out, moved or cut off unseen.

A chunk is its length in four bytes and ``kernel.crypto.seal`` of it; the place names the file, the number of the chunk
and whether another one follows.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BufferedReader, RawIOBase
from typing import IO, TYPE_CHECKING, Any

from consent_service.backups.faults import BackupError
from consent_service.kernel.crypto import seal, unseal
from consent_service.kernel.errors import KeyUnavailableError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

CHUNK = 1 << 20
_LENGTH_BYTES = 4
_MOST = CHUNK + 64


@dataclass(frozen=True, slots=True)
class Sealed:
    """A sealed file as it must lie on the disk."""

    size: int
    sha256: str


class SealingWriter:
    """Seals what is written to it; nothing is whole before ``finish``."""

    def __init__(self, file: IO[bytes], key: bytes, name: str) -> None:
        self._file, self._key, self._name = file, key, name
        self._waiting, self._chunks, self._size, self._digest = bytearray(), 0, 0, hashlib.sha256()

    def write(self, part: bytes) -> int:
        """Take some bytes."""
        self._waiting += part
        while len(self._waiting) > CHUNK:  # one chunk waits: it may be the last
            self._seal(bytes(self._waiting[:CHUNK]), is_last=False)
            del self._waiting[:CHUNK]
        return len(part)

    def finish(self) -> Sealed:
        """Seal what is left as the last chunk, and say what the file is."""
        self._seal(bytes(self._waiting), is_last=True)
        return Sealed(self._size, self._digest.hexdigest())

    def _seal(self, plain: bytes, *, is_last: bool) -> None:
        sealed = seal(self._key, plain, _place(self._name, self._chunks, is_last=is_last))
        for part in (len(sealed).to_bytes(_LENGTH_BYTES), sealed):
            self._file.write(part)
            self._digest.update(part)
            self._size += len(part)
        self._chunks += 1


class OpeningReader(RawIOBase):
    """Reads a sealed file as it was before it was sealed."""

    def __init__(self, file: IO[bytes], key: bytes, name: str) -> None:
        super().__init__()
        self._parts, self._left = opened(file, key, name), b""

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        """Give the next bytes."""
        into: Any = buffer  # Any: a writable buffer has no type of its own
        while not self._left:
            part = next(self._parts, None)
            if part is None:
                return 0
            self._left = part
        count = min(len(into), len(self._left))
        into[:count], self._left = self._left[:count], self._left[count:]
        return count


def opened(file: IO[bytes], key: bytes, name: str) -> Iterator[bytes]:
    """Yield the chunks of a sealed file, opened.

    Raises:
        BackupError: It was altered, cut off, or sealed as another file.
    """
    number, head = 0, file.read(_LENGTH_BYTES)
    while True:
        length = int.from_bytes(head)
        sealed = file.read(length) if 0 < length <= _MOST else b""
        head = file.read(_LENGTH_BYTES)
        try:
            yield unseal(key, sealed, _place(name, number, is_last=not head))
        except KeyUnavailableError as error:
            raise damaged(name) from error
        if not head:
            return
        number += 1


def digest(file: BufferedReader) -> Sealed:
    """Return what a sealed file is, as it lies there."""
    found = hashlib.file_digest(file, "sha256")
    return Sealed(file.tell(), found.hexdigest())


def damaged(name: str) -> BackupError:
    """Return the error of a file that is not what the manifest says."""
    return BackupError(f"{name} of the backup is damaged, cut off or altered: use another backup. Nothing was changed.")


def _place(name: str, number: int, *, is_last: bool) -> str:
    return f"backup|{name}|{number}|{'last' if is_last else 'more'}"
