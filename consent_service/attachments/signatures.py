"""What a file is by its first bytes, and whether it could pass for a file of another kind as well.  Pure."""

import re

from consent_service.attachments.faults import AttachmentRefusedError
from consent_service.attachments.states import Fault, FileKind

_HEADS = {
    b"%PDF-": FileKind.PDF,
    b"\x89PNG\r\n\x1a\n": FileKind.PNG,
    b"\xff\xd8\xff": FileKind.JPEG,
    b"PK\x03\x04": FileKind.DOCX,
}
_ZIP_END = b"PK\x05\x06"
_ZIP_END_LIES_IN = 65_557  # a ZIP is found by its end, whatever stands before it
_ARCHIVES = (b"Rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c", b"PK\x03\x04")
_PDF_LIES_IN = 1024  # readers take a PDF whose head stands this far in
_SCRIPTS = re.compile(rb"<(?:script|html|!doctype\s+html|\?php)", re.IGNORECASE)


def kind_of(content: bytes) -> FileKind | None:
    """Return the kind that a file begins as; None where it is none of those that are taken."""
    return next((kind for head, kind in _HEADS.items() if content.startswith(head)), None)


def check_alone(content: bytes, kind: FileKind) -> None:
    """Refuse a file that another program would read as a file of another kind.

    Raises:
        AttachmentRefusedError: It would.
    """
    is_zip = kind is FileKind.DOCX
    found = (
        (not is_zip and _ZIP_END in content[-_ZIP_END_LIES_IN:])
        or (kind is not FileKind.PDF and b"%PDF-" in content[:_PDF_LIES_IN])
        or (not is_zip and _SCRIPTS.search(content if kind is not FileKind.PDF else content[:_PDF_LIES_IN]) is not None)
    )
    if found:
        raise AttachmentRefusedError(Fault.TWO_IN_ONE)


def check_tail(tail: bytes) -> None:
    """Refuse what stands behind the end of a file if it is another file.

    Raises:
        AttachmentRefusedError: It is.
    """
    if any(mark in tail for mark in (*_ARCHIVES, b"%PDF-")):
        raise AttachmentRefusedError(Fault.TWO_IN_ONE)
