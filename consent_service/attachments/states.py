"""What a file may be, and why one is not taken."""

from enum import StrEnum


class FileKind(StrEnum):
    """A kind of file that is taken, by its media type."""

    PDF = "application/pdf"
    PNG = "image/png"
    JPEG = "image/jpeg"
    DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


ENDINGS = {
    ".pdf": FileKind.PDF,
    ".png": FileKind.PNG,
    ".jpg": FileKind.JPEG,
    ".jpeg": FileKind.JPEG,
    ".docx": FileKind.DOCX,
}


class Fault(StrEnum):
    """Why a file is not taken."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"
    UNKNOWN = "unknown"  # none of the kinds that are taken
    MISNAMED = "misnamed"  # the name says another kind than the content
    DAMAGED = "damaged"
    ENCRYPTED = "encrypted"
    ACTIVE = "active"  # scripts, macros, what is started when it is opened
    TWO_IN_ONE = "two_in_one"  # it can be read as a file of another kind too
    SWELLS = "swells"  # it unpacks to far more than it is
