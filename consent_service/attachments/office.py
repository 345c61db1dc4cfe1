"""Word documents: a ZIP of bounded size with text in it and nothing that runs, is embedded or is fetched.  Pure."""

import io
import re
import zipfile
import zlib

from consent_service.attachments.faults import AttachmentRefusedError
from consent_service.attachments.states import Fault

MOST_ENTRIES = 2000
MOST_UNPACKED = 50 * 1024 * 1024
_PART = 64 * 1024
_NEEDED = {"[Content_Types].xml", "word/document.xml"}
_ACTIVE_PLACES = re.compile(
    r"vbaproject|vbadata|activex|/embeddings/|\.(?:bin|exe|dll|js|vbs|hta|lnk|html?|mht|svg|ole)$", re.IGNORECASE
)
_ACTIVE_WORDS = re.compile(
    rb"macroEnabled|vbaProject|<!DOCTYPE|<!ENTITY|\bDDE(?:AUTO)?\b|INCLUDETEXT|INCLUDEPICTURE|altChunk", re.IGNORECASE
)
# What is fetched when the document is opened: of things outside only links to click are let be.
_FETCHED = re.compile(rb"<Relationship\b(?=[^>]*TargetMode\s*=\s*[\"']External)(?![^>]*/hyperlink[\"'])", re.IGNORECASE)
_ENCRYPTED = 0x1


def check_docx(content: bytes) -> None:
    """Unpack a document within bounds and look into its parts.

    Raises:
        AttachmentRefusedError: It is damaged, no document, protected, swells, or holds something active.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            _check_frame(content, entries)
            unpacked = 0
            for entry in entries:
                part = _read(archive, entry, MOST_UNPACKED - unpacked)
                unpacked += len(part)
                _check_part(entry.filename, part)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, RuntimeError, ValueError) as error:
        raise AttachmentRefusedError(Fault.DAMAGED) from error


def _check_frame(content: bytes, entries: list[zipfile.ZipInfo]) -> None:
    names = [entry.filename for entry in entries]
    if len(entries) > MOST_ENTRIES or sum(entry.file_size for entry in entries) > MOST_UNPACKED:
        raise AttachmentRefusedError(Fault.SWELLS)
    if any(entry.flag_bits & _ENCRYPTED for entry in entries):
        raise AttachmentRefusedError(Fault.ENCRYPTED)
    if not set(names) >= _NEEDED or len(set(names)) != len(names):
        raise AttachmentRefusedError(Fault.UNKNOWN if len(set(names)) == len(names) else Fault.DAMAGED)
    # Bytes before the first entry or behind the end belong to another file.
    if min(entry.header_offset for entry in entries) != 0 or content.rfind(b"PK\x05\x06") != len(content) - 22:
        raise AttachmentRefusedError(Fault.TWO_IN_ONE)
    if any(_ACTIVE_PLACES.search(name) or ".." in name or name.startswith("/") for name in names):
        raise AttachmentRefusedError(Fault.ACTIVE)


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, most: int) -> bytes:
    """Unpack an entry; what it says of its own size is not believed."""
    found = bytearray()
    with archive.open(entry) as part:
        while piece := part.read(_PART):
            found += piece
            if len(found) > most:
                raise AttachmentRefusedError(Fault.SWELLS)
    return bytes(found)


def _check_part(name: str, part: bytes) -> None:
    if part.startswith((b"PK\x03\x04", b"MZ", b"\x7fELF", b"\xd0\xcf\x11\xe0")):
        raise AttachmentRefusedError(Fault.ACTIVE)
    if not name.endswith((".xml", ".rels")):
        return
    try:
        part.decode()  # in another encoding the words below would not be found
    except UnicodeDecodeError as error:
        raise AttachmentRefusedError(Fault.DAMAGED) from error
    if b"\x00" in part or _ACTIVE_WORDS.search(part) or (name.endswith(".rels") and _FETCHED.search(part)):
        raise AttachmentRefusedError(Fault.ACTIVE)
