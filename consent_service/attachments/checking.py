"""The check of one file: its kind by its content, its name, and what may not be in it.  Nothing is kept here."""

import re
import subprocess
import sys
import unicodedata
from pathlib import Path, PurePath

from consent_service.attachments import images, office
from consent_service.attachments.faults import AttachmentRefusedError
from consent_service.attachments.signatures import check_alone, kind_of
from consent_service.attachments.states import ENDINGS, Fault, FileKind

MOST_BYTES = 5 * 1024 * 1024
LONGEST_NAME = 120
SECONDS = 20  # far more than the scan's own limit of processor time, which a busy machine may stretch
_ROOT = Path(__file__).resolve().parents[2]
_CHECKS = {FileKind.PNG: images.check_png, FileKind.JPEG: images.check_jpeg, FileKind.DOCX: office.check_docx}


def check_attachment(name: str, content: bytes) -> FileKind:
    """Return what a file is.

    Raises:
        AttachmentRefusedError: It is nothing that is taken, or holds what may not be in it; ``fault`` says which.
    """
    if not content:
        raise AttachmentRefusedError(Fault.EMPTY)
    if len(content) > MOST_BYTES:
        raise AttachmentRefusedError(Fault.TOO_LARGE)
    kind = kind_of(content)
    if kind is None:
        raise AttachmentRefusedError(Fault.UNKNOWN)
    if ENDINGS.get(PurePath(clean_name(name)).suffix.lower()) is not kind:
        raise AttachmentRefusedError(Fault.MISNAMED)
    check_alone(content, kind)
    if kind is FileKind.PDF:
        _check_pdf(content)
    else:
        _CHECKS[kind](content)
    return kind


def clean_name(name: str) -> str:
    r"""Return the name of a file as it may be shown and saved: no folders, no signs that are not seen.

    >>> clean_name("C:\\work\\deed.pdf"), clean_name("invoice\u202efdp.exe"), clean_name("../..")
    ('deed.pdf', 'invoicefdp.exe', 'file')
    """
    last = re.split(r"[/\\]", name)[-1]
    seen = "".join(c for c in unicodedata.normalize("NFC", last) if unicodedata.category(c)[0] not in "CZ" or c == " ")
    stem, dot, ending = re.sub(r'[<>:"|?*]', "_", seen).strip(" .").rpartition(".")
    if not dot:
        return ending[:LONGEST_NAME] or "file"
    return f"{stem[: LONGEST_NAME - 10]}.{ending[:9]}"


def _check_pdf(content: bytes) -> None:
    """Scan a PDF in a process of its own, whose time and memory are limited whatever the file does to it."""
    command = [sys.executable, "-m", "consent_service.attachments.pdf"]
    try:
        scan = subprocess.run(  # noqa: S603 - our own module, and none of our settings
            command, input=content, capture_output=True, timeout=SECONDS, check=False, cwd=_ROOT, env={}
        )
    except subprocess.TimeoutExpired as error:
        raise AttachmentRefusedError(Fault.SWELLS) from error
    said = scan.stdout.decode(errors="replace").strip()
    if said in set(Fault):
        raise AttachmentRefusedError(Fault(said))
    if scan.returncode != 0 or said != "fine":
        raise AttachmentRefusedError(Fault.SWELLS if scan.returncode < 0 else Fault.DAMAGED)
