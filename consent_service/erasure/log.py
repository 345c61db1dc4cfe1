"""The log of erasures: a file outside the database, in which each is written down before it is acknowledged.

A database that is put back to an earlier day has forgotten whom it erased since; this log has not.  It names people by
pseudonym alone.  A line holds what one transaction erased, is signed, and names the digest of the line before it.
Beside the log stands how far it has come, so that one that was cut is found.
"""

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, Protocol
from uuid import UUID

import orjson
from joserfc.errors import JoseError

from consent_service.erasure.states import Ground
from consent_service.kernel.db import write_instant
from consent_service.kernel.errors import ConsentServiceError
from consent_service.kernel.files import locked, replace_private
from consent_service.kernel.keys import Keyring
from consent_service.kernel.signing import sign, signed_by

LOG, LAST = "erasures.log", "erasures.last"
_KIND = "erasure-log+jwt"
_UNREAD = (JoseError, ValueError, TypeError, LookupError, AttributeError)


class ErasureLogError(ConsentServiceError):
    """The log of erasures is missing, was cut or altered, or cannot be written."""

    code = "erasure-log"


@dataclass(frozen=True, slots=True)
class Gone:
    """One erasure: of whom, by which order and which try of it; ``leaf`` is that of its event in the ledger.

    ``targets``: the places outside that had confirmed, by name and kind; ``cause``: the kind of its cause.
    """

    operator: int
    order: UUID
    person: UUID
    ground: Ground
    attempt: int
    at: datetime
    leaf: str
    act: str | None
    targets: Mapping[str, str]
    cause: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in the log, after a whole line: how many lines are before it, where the last of them lies, its digest."""

    lines: int = 0
    begins: int = 0
    ends: int = 0
    sha256: str = ""

    def after(self, line: bytes) -> "Mark":
        """Return the place after one more line."""
        return Mark(self.lines + 1, self.ends, self.ends + len(line), hashlib.sha256(line).hexdigest())


START = Mark()


@dataclass(frozen=True, slots=True)
class Line:
    """One line: what one transaction erased, and the place after it."""

    erased: Sequence[Gone]
    mark: Mark


class WrittenLog(Protocol):
    """Where an erasure is written down before it is committed, and how far the log has come after it."""

    def write(self, keys: Keyring, erased: Sequence[Gone]) -> Mark:
        """Write down what a transaction is about to commit."""
        ...

    def tell(self, mark: Mark) -> None:
        """Note how far the log has come."""
        ...


@dataclass(frozen=True, slots=True)
class ErasureLog:
    """The log in a folder that must not be put back together with the database."""

    folder: Path

    @property
    def place(self) -> Path:
        """The file."""
        return self.folder / LOG

    def write(self, keys: Keyring, erased: Sequence[Gone]) -> Mark:
        """Write down what a transaction is about to commit, through to the disk; returns the place after it.

        ``tell`` notes that place once the transaction is committed, for nobody's rows are to be locked meanwhile.

        Raises:
            ErasureLogError: The log is not as it was left; nothing was written.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with locked(self.place):
            before = self._mended(keys)
            said = orjson.dumps(
                {"prev": before.sha256, "line": before.lines + 1, "erased": [_said(one) for one in erased]}
            )
            line = sign(said, _KIND, keys.signer.receipts).encode() + b"\n"
            with _opened(self.place) as file:
                file.write(line)
                _through(file)
        return before.after(line)

    def tell(self, mark: Mark) -> None:
        """Note beside the log that it has come so far, unless it is noted to be further or another log has begun."""
        with locked(self.place):
            if self._told().lines < mark.lines and self._has(mark):
                self._tell(mark)

    def begin(self) -> None:
        """Make an empty log where there is none."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with locked(self.place):
            if not self.place.exists() and self._told() == START:
                with _opened(self.place) as file:
                    _through(file)
                self._tell(START)

    def put_aside(self, now: datetime) -> Path | None:
        """Let a new log begin; returns where the one before it lies now, None where there was none."""
        self.folder.mkdir(parents=True, exist_ok=True)
        aside = None
        with locked(self.place):
            if self.place.exists():
                aside = self.place.with_name(f"{LOG}.{now:%Y%m%dT%H%M%S%f}")
                self.place.rename(aside)
            (self.folder / LAST).unlink(missing_ok=True)
        self.begin()
        return aside

    def read(self, keys: Keyring, since: Mark = START) -> Iterator[Line]:
        """Yield the lines from a place on, each checked; one that is only half written is none.

        Raises:
            ErasureLogError: The log is missing, was cut, altered, or signed by a key that is not in the key file.
        """
        told = self._told()
        if not self.place.exists():
            if max(since.lines, told.lines):
                raise ErasureLogError(f"The log of erasures {self.place} is missing.")
            return
        with self.place.open("rb") as file:
            if since.lines and not self._has(since):
                raise ErasureLogError(f"The log of erasures was cut or altered before line {since.lines + 1}.")
            file.seek(since.ends)
            end = since
            for end, erased in _lines(file, keys, since):
                yield Line(erased, end)
        if end.lines < told.lines:
            raise ErasureLogError(f"The log of erasures was cut: it had {told.lines} lines, and {end.lines} are left.")

    def _mended(self, keys: Keyring) -> Mark:
        """Return the end of the log, without a line that was only half written when a process died."""
        told = end = self._told()
        if not self.place.exists():
            if told.lines:
                raise ErasureLogError(f"The log of erasures {self.place} is missing: put it back.")
            return START
        with self.place.open("rb+") as file:
            size = file.seek(0, os.SEEK_END)
            if size < told.ends:
                raise ErasureLogError(f"The log of erasures was cut: it had {told.lines} lines. Put it back.")
            file.seek(told.ends)
            for mark, _ in _lines(file, keys, told):
                end = mark
            if end.ends < size:
                file.truncate(end.ends)
                _through(file)
        return end

    def _has(self, mark: Mark) -> bool:
        try:
            with self.place.open("rb") as file:
                file.seek(mark.begins)
                return hashlib.sha256(file.read(mark.ends - mark.begins)).hexdigest() == mark.sha256
        except FileNotFoundError:
            return False

    def _told(self) -> Mark:
        try:
            return Mark(**orjson.loads((self.folder / LAST).read_bytes()))
        except FileNotFoundError:
            return START
        except _UNREAD as error:
            raise ErasureLogError(f"{self.folder / LAST} cannot be read: put it back with the log.") from error

    def _tell(self, mark: Mark) -> None:
        replace_private(self.folder / LAST, orjson.dumps(asdict(mark)).decode())


def _lines(file: BinaryIO, keys: Keyring, since: Mark) -> Iterator[tuple[Mark, list[Gone]]]:
    known, mark = [one.receipts for one in keys.public_signers()], since
    for raw in file:
        if not raw.endswith(b"\n"):
            return
        erased = None
        with suppress(*_UNREAD):
            said = orjson.loads(signed_by(raw.decode("ascii").rstrip("\n"), _KIND, known))
            if (said["prev"], said["line"]) == (mark.sha256, mark.lines + 1):
                erased = [_read(one) for one in said["erased"]]
        if erased is None:
            raise ErasureLogError(
                f"Line {mark.lines + 1} of the log of erasures was altered, does not follow the one before it, or was "
                "signed by a key of which the key file knows nothing."
            )
        mark = mark.after(raw)
        yield mark, erased


def _said(one: Gone) -> dict[str, Any]:  # Any: JSON values
    said = {name: getattr(one, name) for name in Gone.__dataclass_fields__}  # asdict() would copy every value, deeply
    return said | {"at": write_instant(one.at), "targets": dict(one.targets)}


def _read(said: Mapping[str, Any]) -> Gone:  # Any: as above
    return Gone(
        operator=int(said["operator"]),
        order=UUID(said["order"]),
        person=UUID(said["person"]),
        ground=Ground(said["ground"]),
        attempt=int(said["attempt"]),
        at=datetime.fromisoformat(said["at"]),
        leaf=str(said["leaf"]),
        act=said["act"],
        targets=dict(said["targets"]),
        cause=said.get("cause", ""),  # lines of before an operator could be ended have none
    )


def _opened(place: Path) -> BinaryIO:
    return os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab")


def _through(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())
