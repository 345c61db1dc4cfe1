"""The Merkle tree: equal to the recursion that RFC 9162 prints, whatever the sizes and however it grew."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent_service.ledger.merkle import (
    EMPTY_ROOT,
    TileKey,
    consistency_proof,
    grow,
    inclusion_proof,
    leaf_hash,
    root,
    tails,
)

Store = dict[TileKey, bytes]


def mth(leaves: list[bytes]) -> bytes:
    """Return MTH of RFC 9162, 2.1.1, as it is printed."""
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\x01" + mth(leaves[:k]) + mth(leaves[k:])).digest()


def path(m: int, leaves: list[bytes]) -> list[bytes]:
    """Return PATH of RFC 9162, 2.1.3.1, as it is printed."""
    if len(leaves) == 1:
        return []
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return [*path(m, leaves[:k]), mth(leaves[k:])] if m < k else [*path(m - k, leaves[k:]), mth(leaves[:k])]


def subproof(m: int, leaves: list[bytes], whole: bool) -> list[bytes]:
    """Return SUBPROOF of RFC 9162, 2.1.4.1, as it is printed."""
    if m == len(leaves):
        return [] if whole else [mth(leaves)]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    if m <= k:
        return [*subproof(m, leaves[:k], whole), mth(leaves[k:])]
    return [*subproof(m - k, leaves[k:], False), mth(leaves[:k])]


def leaves_of(size: int) -> list[bytes]:
    return [leaf_hash(b"\x01" + n.to_bytes(32)) for n in range(size)]


def grown(leaves: list[bytes], batches: list[int]) -> Store:
    """Append leaves in batches, each reading only the tiles that ``tails`` names."""
    store: Store = {}
    size = 0
    for batch in [*batches, len(leaves)]:
        part = leaves[size : size + batch]
        store.update(grow(size, {key: store[key] for key in tails(size)}, part))
        size += len(part)
    return store


@given(st.integers(0, 700), st.lists(st.integers(0, 300), max_size=8))
def test_rfc_9162_2_1_1_the_root_is_that_of_the_recursion_however_the_tree_grew(size: int, batches: list[int]) -> None:
    leaves = leaves_of(size)

    assert root(size, lambda _: grown(leaves, batches)) == mth(leaves)


@given(st.data())
def test_rfc_9162_2_1_3_inclusion_proofs_are_those_of_the_recursion(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 700))
    index = data.draw(st.integers(0, size - 1))
    leaves = leaves_of(size)

    assert inclusion_proof(index, size, lambda _: grown(leaves, [])) == path(index, leaves)


@given(st.data())
def test_rfc_9162_2_1_4_consistency_proofs_are_those_of_the_recursion(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 700))
    old = data.draw(st.integers(1, size))
    leaves = leaves_of(size)

    assert consistency_proof(old, size, lambda _: grown(leaves, [])) == subproof(old, leaves, True)


@given(st.integers(1, 700), st.integers(0, 700))
def test_a_root_of_an_earlier_size_is_read_from_the_tiles_of_a_later_one(old: int, more: int) -> None:
    leaves = leaves_of(old + more)

    assert root(old, lambda _: grown(leaves, [])) == mth(leaves[:old])


def test_three_levels_of_tiles_give_the_root_of_the_recursion() -> None:
    size = 256 * 256 + 257
    leaves = leaves_of(size)
    store = grown(leaves, [65_000, 500])

    assert root(size, lambda _: store) == mth(leaves)
    assert {key.level for key in store} == {0, 1, 2}
    assert inclusion_proof(65_536, size, lambda _: store) == path(65_536, leaves)


def test_a_lost_or_shortened_tile_is_never_appended_to_or_proven_from() -> None:
    store = grown(leaves_of(300), [])

    with pytest.raises(ValueError, match="tile 0/1"):
        list(grow(300, {TileKey(1, 0): store[TileKey(1, 0)]}, leaves_of(1)))
    with pytest.raises(ValueError, match="tile 0/1"):
        root(300, lambda _: store | {TileKey(0, 1): store[TileKey(0, 1)][:-32]})


def test_what_is_not_in_a_tree_has_no_proof() -> None:
    for index, size in ((5, 5), (-1, 5), (0, 0)):
        with pytest.raises(ValueError, match="no leaf"):
            inclusion_proof(index, size, lambda _: {})
    for old, size in ((0, 5), (6, 5)):
        with pytest.raises(ValueError, match="never one"):
            consistency_proof(old, size, lambda _: {})
    assert root(0, lambda _: {}) == EMPTY_ROOT
