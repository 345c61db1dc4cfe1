"""PDF: every object is looked at for what runs, starts, sends or is hidden inside.

Run as a module of its own (``python -m``): reads the file from standard input and writes ``fine`` or a fault.  Whatever
a file does to the reader, the process has a second or two and a fixed memory, and no other work is lost with it.
"""

import logging
import re
import resource
import sys
from collections.abc import Iterator
from io import BytesIO
from typing import Any

from pypdf import PdfReader
from pypdf.errors import LimitReachedError
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, StreamObject

from consent_service.attachments.states import Fault

SECONDS = 5
MOST_MEMORY = 512 * 1024 * 1024
MOST_OBJECTS = 50_000
DEEPEST = 100
_ACTS = {
    "/JavaScript", "/Launch", "/SubmitForm", "/ImportData", "/GoToR", "/GoToE", "/Rendition", "/RichMediaExecute",
    "/Movie", "/Sound",
}  # fmt: skip
_KEYS = {"/JS", "/XFA", "/RichMediaContent"}
_SUBTYPES = {"/RichMedia", "/3D", "/Movie", "/Sound", "/Screen"}
# In the bytes themselves too: an object that no table names is found by readers that mend a broken file.
_HIDDEN = re.compile(rb"/(?:JavaScript|Launch|RichMedia|SubmitForm)\b")
_ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")


class _FoundError(Exception):
    """A fault was found."""


def scan(content: bytes) -> Fault | None:
    """Return why a PDF is not taken, None where nothing is wrong with it."""
    try:
        _look_outside(content)
        _look_inside(PdfReader(BytesIO(content)))
    except _FoundError as found:
        return Fault(found.args[0])
    except (LimitReachedError, MemoryError):
        return Fault.SWELLS
    except Exception:  # noqa: BLE001 - a damaged file makes the reader fail in any way
        return Fault.DAMAGED
    return None


def _look_outside(content: bytes) -> None:
    if content[content.rfind(b"%%EOF") + 5 :].strip():
        raise _FoundError(Fault.TWO_IN_ONE)
    if _HIDDEN.search(_ESCAPED.sub(lambda found: bytes((int(found[1], 16),)), content)):
        raise _FoundError(Fault.ACTIVE)


def _look_inside(reader: PdfReader) -> None:
    if reader.is_encrypted:
        raise _FoundError(Fault.ENCRYPTED)
    for one in _objects(reader):
        _look(one, 0)
    if not reader.pages:
        raise _FoundError(Fault.DAMAGED)


def _objects(reader: PdfReader) -> Iterator[Any]:  # Any: objects of a PDF
    known = {number for table in reader.xref.values() for number in table} | set(reader.xref_objStm)
    if len(known) > MOST_OBJECTS:
        raise _FoundError(Fault.SWELLS)
    yield reader.trailer
    for generation, table in reader.xref.items():
        for number in table:
            yield IndirectObject(number, generation, reader).get_object()
    for number in reader.xref_objStm:
        yield IndirectObject(number, 0, reader).get_object()


def _look(one: Any, depth: int) -> None:  # Any: as above
    """Look at an object and what it holds itself; what it refers to is looked at by itself."""
    if depth > DEEPEST:
        raise _FoundError(Fault.DAMAGED)
    if isinstance(one, DictionaryObject):
        _check(one)
        for value in one.values():
            _look(value, depth + 1)
    elif isinstance(one, ArrayObject):
        for value in one:
            _look(value, depth + 1)


def _check(found: DictionaryObject) -> None:
    if _KEYS & set(found) or str(found.get("/S")) in _ACTS or str(found.get("/Subtype")) in _SUBTYPES:
        raise _FoundError(Fault.ACTIVE)
    if str(found.get("/Type")) == "/EmbeddedFile" and not (isinstance(found, StreamObject) and _is_text(found)):
        raise _FoundError(Fault.ACTIVE)


def _is_text(embedded: StreamObject) -> bool:
    """Say whether an embedded file is plain text, such as the signed receipt inside a printed one."""
    try:
        words = embedded.get_data().decode()
    except UnicodeDecodeError:
        return False
    return "\x00" not in words and "<" not in words[:200]


def main() -> int:
    """Scan standard input within limits."""
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    sys.stdout.write(scan(sys.stdin.buffer.read()) or "fine")
    return 0


if __name__ == "__main__":
    sys.exit(main())
