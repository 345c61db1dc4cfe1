"""The lines that were not imported, in a file of their own to be corrected and imported, beside it why.

Both follow from the journal and the file: they can be written at any time, and are there whole or not at all.
"""

import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from consent_service.imports.journal import Refusal
from consent_service.imports.source import Form, Source
from consent_service.kernel.files import sync_folder

_DIGITS = 8


@dataclass(frozen=True, slots=True)
class SetAside:
    """Where the lines are, and the reasons; ``is_new``: written now, not by a run before."""

    lines: Path
    reasons: Path
    is_new: bool


def set_aside(source: Source, refused: Iterable[Refusal]) -> SetAside:
    """Write the lines of a file that were refused; files of a run before are left, for somebody may correct them."""
    name = f"{source.path.stem}.refused-{source.digest.hex()[:_DIGITS]}"
    lines, reasons = (source.path.with_name(name + suffix) for suffix in (source.path.suffix, ".txt"))
    if lines.exists():
        return SetAside(lines, reasons, is_new=False)
    with _whole(lines) as aside, _whole(reasons) as why:  # the lines get their name last
        number = 1
        if source.form is Form.CSV:
            source.file.seek(0)
            number += _copy(source.file.readline(), aside)
        for one in refused:
            source.file.seek(one.begins_at)
            why.write(f"line {one.line} (line {number} of {lines.name}): {' '.join(one.reasons)}\n".encode())
            number += _copy(source.file.read(one.ends_at - one.begins_at), aside)
    sync_folder(source.path.parent)
    return SetAside(lines, reasons, is_new=True)


def _copy(raw: bytes, to: IO[bytes]) -> int:
    whole = raw if raw.endswith(b"\n") else raw + b"\n"
    to.write(whole)
    return whole.count(b"\n")


@contextmanager
def _whole(place: Path) -> Iterator[IO[bytes]]:
    fresh = place.with_name(f".{place.name}.{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(place)
    finally:
        fresh.unlink(missing_ok=True)
