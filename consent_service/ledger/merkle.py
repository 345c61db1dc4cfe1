"""The Merkle tree of RFC 9162 section 2.1, kept as tiles of 256 hashes (C2SP tlog-tiles).  Standard library only.

A tile of level L holds the roots of up to 256 neighbouring complete subtrees of 256**L leaves each, so that every node
of the tree is found in one tile, and appending touches one tile a level.
"""

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

HASH_BYTES = 32
TILE_HEIGHT = 8
TILE_WIDTH = 1 << TILE_HEIGHT
EMPTY_ROOT = hashlib.sha256(b"").digest()


class TileKey(NamedTuple):
    """Where a tile stands: its level from the leaves up, and its number from the left."""

    level: int
    number: int


class Span(NamedTuple):
    """Neighbouring leaves: the first, and how many."""

    start: int
    size: int


Tiles = Callable[[Collection[TileKey]], Mapping[TileKey, bytes]]


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of a leaf."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def width(size: int, level: int) -> int:
    """Return how many hashes the last tile of a level has beyond the complete ones in a tree of ``size`` leaves."""
    return (size >> TILE_HEIGHT * level) % TILE_WIDTH


def tails(size: int) -> list[TileKey]:
    """Return the incomplete tiles of a tree: what must be read to append to it."""
    return [
        TileKey(level, size >> TILE_HEIGHT * (level + 1))
        for level in range((size.bit_length() + TILE_HEIGHT - 1) // TILE_HEIGHT)
        if width(size, level)
    ]


def grow(size: int, incomplete: Mapping[TileKey, bytes], leaves: Sequence[bytes]) -> Iterator[tuple[TileKey, bytes]]:
    """Yield each tile that changes when leaf hashes are appended to a tree of ``size`` leaves.

    Raises:
        ValueError: An incomplete tile is not as wide as the size says: it was lost or altered.
    """
    level, fresh = 0, b"".join(leaves)
    while fresh:
        key = TileKey(level, size >> TILE_HEIGHT * (level + 1))
        row = incomplete.get(key, b"")
        if len(row) != width(size, level) * HASH_BYTES:
            raise ValueError(f"tile {key.level}/{key.number} has {len(row) // HASH_BYTES} hashes")
        row, roots = row + fresh, []
        for number, start in enumerate(range(0, len(row), TILE_WIDTH * HASH_BYTES), start=key.number):
            hashes = row[start : start + TILE_WIDTH * HASH_BYTES]
            yield TileKey(level, number), hashes
            if len(hashes) == TILE_WIDTH * HASH_BYTES:
                roots.append(subtree_root(hashes))
        level, fresh = level + 1, b"".join(roots)


def subtree_root(hashes: bytes) -> bytes:
    """Return the root over hashes whose number is a power of two."""
    row = [hashes[at : at + HASH_BYTES] for at in range(0, len(hashes), HASH_BYTES)]
    while len(row) > 1:
        row = [node_hash(row[at], row[at + 1]) for at in range(0, len(row), 2)]
    return row[0]


def root(size: int, tiles: Tiles) -> bytes:
    """Return the root of the first ``size`` leaves."""
    return _hashes([Span(0, size)], tiles)[0] if size else EMPTY_ROOT


def inclusion_proof(index: int, size: int, tiles: Tiles) -> list[bytes]:
    """Return the path from a leaf to the root (RFC 9162, 2.1.3.1).

    Raises:
        ValueError: The tree has no such leaf.
    """
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} leaves has no leaf {index}")
    spans, whole = [], Span(0, size)
    while whole.size > 1:
        left, right = _halves(whole)
        near, far = (left, right) if index < right.start else (right, left)
        spans.append(far)
        whole = near
    return _hashes(spans[::-1], tiles)


def consistency_proof(old: int, size: int, tiles: Tiles) -> list[bytes]:
    """Return the proof that the first ``old`` leaves of a tree are an earlier tree (RFC 9162, 2.1.4.1).

    Raises:
        ValueError: The earlier tree is empty or larger.
    """
    if not 0 < old <= size:
        raise ValueError(f"a tree of {size} leaves was never one of {old}")
    spans, whole = [], Span(0, size)
    while old < whole.start + whole.size:
        left, right = _halves(whole)
        near, far = (left, right) if old <= right.start else (right, left)
        spans.append(far)
        whole = near
    if whole.start:
        spans.append(whole)
    return _hashes(spans[::-1], tiles)


def _halves(span: Span) -> tuple[Span, Span]:
    """Split at the largest power of two below the size."""
    left = 1 << (span.size - 1).bit_length() - 1
    return Span(span.start, left), Span(span.start + left, span.size - left)


def _perfect(span: Span) -> Iterator[Span]:
    """Yield the complete subtrees that make up a span which begins where such a subtree may."""
    start, left = span
    while left:
        size = 1 << left.bit_length() - 1
        yield Span(start, size)
        start, left = start + size, left - size


def _hashes(spans: Iterable[Span], tiles: Tiles) -> list[bytes]:
    """Return the roots of spans; every tile is asked for once, all in one call."""
    parts = [list(_perfect(span)) for span in spans]
    found = tiles({_place(one)[0] for part in parts for one in part})
    made = []
    for part in parts:
        roots = [_stored(one, found) for one in part]
        whole = roots.pop()
        while roots:
            whole = node_hash(roots.pop(), whole)
        made.append(whole)
    return made


def _place(subtree: Span) -> tuple[TileKey, slice]:
    """Return the tile that holds what a complete subtree is made of, and which of its bytes."""
    level = (subtree.size.bit_length() - 1) // TILE_HEIGHT
    first, count = subtree.start >> TILE_HEIGHT * level, subtree.size >> TILE_HEIGHT * level
    at = first % TILE_WIDTH
    return TileKey(level, first // TILE_WIDTH), slice(at * HASH_BYTES, (at + count) * HASH_BYTES)


def _stored(subtree: Span, found: Mapping[TileKey, bytes]) -> bytes:
    key, part = _place(subtree)
    hashes = found.get(key, b"")[part]
    if len(hashes) != part.stop - part.start:
        raise ValueError(f"tile {key.level}/{key.number} is missing or too short")
    return subtree_root(hashes)
