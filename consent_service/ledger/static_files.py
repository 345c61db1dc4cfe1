"""The tree as the static files of C2SP tlog-tiles: paths, entry bundles, and a folder that holds them.

The folder is what outlives the database: the head in it is what this installation last told the world.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy.orm import Session

from consent_service.kernel.errors import LedgerError
from consent_service.kernel.files import replace_file
from consent_service.ledger.merkle import HASH_BYTES, TILE_HEIGHT, TILE_WIDTH, TileKey
from consent_service.ledger.tree import Epoch, SignedHead, entries_of, tiles_of

CHECKPOINT = "checkpoint"
ENTRIES = "entries"
LEVELS = 6  # 256**6 leaves are more than a log will have

_NUMBER = re.compile(r"((?:x[0-9]{3}/){0,4}[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?", re.ASCII)
_LEVEL = re.compile(r"[0-9]|entries", re.ASCII)


def tile_path(level: str, number: int, width: int) -> str:
    """Return the path of a tile or bundle below ``tile/``.

    >>> tile_path("0", 1234067, 256), tile_path("entries", 7, 3)
    ('0/x001/x234/067', 'entries/007.p/3')
    """
    parts = [f"{number % 1000:03}"]
    while number := number // 1000:
        parts.append(f"x{number % 1000:03}")
    partial = f".p/{width}" if width < TILE_WIDTH else ""
    return f"{level}/{'/'.join(reversed(parts))}{partial}"


def read_path(path: str) -> tuple[str, int, int] | None:
    """Return level, number and width of a path below ``tile/``; None where it is none."""
    level, _, rest = path.partition("/")
    found = _NUMBER.fullmatch(rest)
    if not found or not _LEVEL.fullmatch(level):
        return None
    number, width = int(found[1].replace("x", "").replace("/", "")), int(found[2] or TILE_WIDTH)
    return (level, number, width) if tile_path(level, number, width) == path else None


def tile_bytes(session: Session, epoch: int, path: str) -> bytes | None:
    """Return a tile or bundle by its path; None where the log has no such one, or not yet so wide."""
    place = read_path(path)
    if place is None:
        return None
    level, number, width = place
    if level == ENTRIES:
        entries = entries_of(session, epoch, number * TILE_WIDTH, width)
        return bundle(entries) if len(entries) == width else None
    key = TileKey(int(level), number)
    hashes = tiles_of(session, epoch)([key]).get(key, b"")
    return hashes[: width * HASH_BYTES] if len(hashes) >= width * HASH_BYTES else None


def bundle(entries: list[bytes]) -> bytes:
    """Return an entry bundle: each entry behind its length in two bytes."""
    return b"".join(len(entry).to_bytes(2) + entry for entry in entries)


def export_head(session: Session, folder: Path, epoch: Epoch, head: SignedHead, since: int = 0) -> int:
    """Write what the folder lacks of a tree, and then its head.  Returns how many files were written.

    ``since`` is the size of the head that the folder has.  Whatever is killed on the way leaves the old head with all
    its tiles.
    """
    place = folder / str(epoch.epoch)
    written = 0
    for key, width in _grown(since, head.tree_size):
        hashes = tiles_of(session, epoch.epoch)([key]).get(key, b"")[: width * HASH_BYTES]
        if len(hashes) != width * HASH_BYTES:
            raise LedgerError(f"Tile {key.level}/{key.number} is missing: run ledger verify.")
        replace_file(place / "tile" / tile_path(str(key.level), key.number, width), hashes)
        written += 1
        if key.level == 0:
            entries = entries_of(session, epoch.epoch, key.number * TILE_WIDTH, width)
            replace_file(place / "tile" / tile_path(ENTRIES, key.number, width), bundle(entries))
            written += 1
    replace_file(place / CHECKPOINT, head.note.encode())
    return written + 1


def exported_heads(folder: Path) -> list[tuple[int, str]]:
    """Return the heads in a folder, by the number of their log, the oldest first."""
    return sorted(
        (int(place.parent.name), place.read_text("utf-8", "replace"))
        for place in folder.glob(f"*/{CHECKPOINT}")
        if place.parent.name.isascii() and place.parent.name.isdigit()
    )


def _grown(old: int, size: int) -> Iterator[tuple[TileKey, int]]:
    """Yield the tiles of a tree of ``size`` leaves that one of ``old`` did not have, with their widths."""
    for level in range(LEVELS):
        count, before = size >> TILE_HEIGHT * level, old >> TILE_HEIGHT * level
        if count == before:
            return
        for number in range(before // TILE_WIDTH, (count + TILE_WIDTH - 1) // TILE_WIDTH):
            yield TileKey(level, number), min(TILE_WIDTH, count - number * TILE_WIDTH)
