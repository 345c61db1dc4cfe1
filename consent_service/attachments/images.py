"""Pictures: whole from the first byte to the last, and no larger when unpacked than a picture is.  Pure."""

import struct
import zlib

from consent_service.attachments.faults import AttachmentRefusedError
from consent_service.attachments.signatures import check_tail
from consent_service.attachments.states import Fault

MOST_PIXELS = 100_000_000
_PNG_HEAD = 8
_CHUNK_FRAME = 12  # length, kind, checksum
_CRITICAL = {b"IHDR", b"PLTE", b"IDAT", b"IEND"}
_START_OF_FRAME = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_ALONE = {0x01, *range(0xD0, 0xD8)}  # marks without a length
_SCAN, _END = 0xDA, 0xD9


def check_png(content: bytes) -> None:
    """Walk the chunks of a PNG.

    Raises:
        AttachmentRefusedError: It is damaged, unpacks to far more than it is, or goes on behind its end.
    """
    place, seen = _PNG_HEAD, set[bytes]()
    while place + _CHUNK_FRAME <= len(content):
        (length,) = struct.unpack_from(">I", content, place)
        kind, end = content[place + 4 : place + 8], place + _CHUNK_FRAME + length
        if (
            end > len(content)
            or not _is_sound(content, place, length)
            or (kind[:1].isupper() and kind not in _CRITICAL)
        ):
            break
        if not seen:
            _check_pixels(kind == b"IHDR", *struct.unpack_from(">II", content.ljust(place + 16, b"\0"), place + 8))
        seen.add(kind)
        if kind == b"IEND":
            if end != len(content):
                raise AttachmentRefusedError(Fault.TWO_IN_ONE)
            if b"IDAT" in seen:
                return
        place = end
    raise AttachmentRefusedError(Fault.DAMAGED)


def check_jpeg(content: bytes) -> None:
    """Walk the segments of a JPEG; cameras put previews behind its end, other files may not stand there.

    Raises:
        AttachmentRefusedError: It is damaged, unpacks to far more than it is, or hides another file.
    """
    place, has_frame = 2, False
    while place + 4 <= len(content) and content[place] == 0xFF:  # noqa: PLR2004 - how every mark begins
        mark = content[place + 1]
        if mark == 0xFF or mark in _ALONE:  # noqa: PLR2004 - filling before a mark
            place += 1 if mark == 0xFF else 2  # noqa: PLR2004
            continue
        (length,) = struct.unpack_from(">H", content, place + 2)
        if length < 2 or place + 2 + length > len(content):  # noqa: PLR2004 - a length counts itself
            break
        if mark in _START_OF_FRAME:
            has_frame = True
            height, width = struct.unpack_from(">HH", content.ljust(place + 9, b"\0"), place + 5)
            _check_pixels(length > 7, width, height)  # noqa: PLR2004 - a frame has a size
        place += 2 + length
        if mark == _SCAN and has_frame:
            end = content.find(bytes((0xFF, _END)), place)
            if end < 0:
                break
            check_tail(content[end + 2 :])
            return
    raise AttachmentRefusedError(Fault.DAMAGED)


def _is_sound(content: bytes, place: int, length: int) -> bool:
    body = content[place + 4 : place + 8 + length]
    (checksum,) = struct.unpack_from(">I", content, place + 8 + length)
    return bool(zlib.crc32(body) == checksum)


def _check_pixels(is_told: bool, width: int, height: int) -> None:
    if not is_told or not width or not height:
        raise AttachmentRefusedError(Fault.DAMAGED)
    if width * height > MOST_PIXELS:
        raise AttachmentRefusedError(Fault.SWELLS)
