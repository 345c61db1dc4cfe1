"""The key file and what is sealed with it: said clearly when wrong, opened by the right key in the right place alone."""

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent_service.kernel.crypto import commitment, new_key, seal, unseal
from consent_service.kernel.errors import KeyUnavailableError
from consent_service.kernel.ids import new_id
from consent_service.kernel.keys import new_keyring
from consent_service.ledger.leaf import leaf_input, make_leaf
from tests.keys import open_key_file

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def test_the_first_start_makes_a_key_file_for_its_owner_alone_and_later_ones_use_it(tmp_path: Path) -> None:
    first = open_key_file(tmp_path / "keys.json")

    assert (tmp_path / "keys.json").stat().st_mode & 0o777 == 0o600
    assert open_key_file(tmp_path / "keys.json").index_key == first.index_key
    assert [path.name for path in tmp_path.iterdir()] == ["keys.json"]


def test_two_first_starts_at_once_end_with_the_same_keys(tmp_path: Path) -> None:
    found: list[bytes] = []

    def start() -> None:
        found.append(open_key_file(tmp_path / "keys.json").index_key)

    threads = [threading.Thread(target=start) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(found) == 2
    assert set(found) == {open_key_file(tmp_path / "keys.json").index_key}


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda raw: raw.pop("to_destroy"), "lacks to_destroy"),
        (lambda raw: raw["keys"].pop("index"), "lacks the key index"),
        (lambda raw: raw["keys"].pop("signing 1"), "lacks the key signing"),
        (lambda raw: raw.update(epoch=2), "epoch 2"),
        (lambda raw: raw["keys"].update(index="short"), "not a key file"),
        (lambda raw: raw.update(keys=[]), "not a key file"),
    ],
)
def test_a_damaged_key_file_is_named_with_what_to_do(
    tmp_path: Path, damage: Callable[[dict[str, Any]], object], words: str
) -> None:
    place = tmp_path / "keys.json"
    open_key_file(place)
    raw = json.loads(place.read_text())
    damage(raw)
    place.write_text(json.dumps(raw))

    with pytest.raises(KeyUnavailableError, match=words) as refused:
        open_key_file(place)
    assert "backup" in refused.value.detail


def test_a_key_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    place = tmp_path / "keys.json"
    open_key_file(place)
    place.chmod(0o644)

    with pytest.raises(KeyUnavailableError, match="chmod 600"):
        open_key_file(place)


def test_a_key_wrapped_in_a_lost_epoch_says_which_one() -> None:
    ring, other = new_keyring(), new_keyring()
    wrapped = ring.wrap(new_key(), "place")

    with pytest.raises(KeyUnavailableError):
        other.unwrap(wrapped, "place")
    with pytest.raises(KeyUnavailableError, match="epoch 7"):
        ring.unwrap((7).to_bytes(4) + wrapped[4:], "place")


def test_keys_are_never_printed() -> None:
    ring = new_keyring()

    assert ring.index_key.hex() not in repr(ring)
    assert repr(ring.index_key) not in repr(ring)


@given(st.binary(max_size=200), st.integers(0, 10_000))
def test_a_sealed_value_opens_whole_and_not_when_a_byte_has_changed(plain: bytes, place: int) -> None:
    key = new_key()
    sealed = seal(key, plain, "here")

    assert unseal(key, sealed, "here") == plain
    broken = bytearray(sealed)
    broken[place % len(sealed)] ^= 1
    with pytest.raises(KeyUnavailableError):
        unseal(key, bytes(broken), "here")
    with pytest.raises(KeyUnavailableError):
        unseal(key, sealed, "there")


def test_no_index_is_comparable_across_operators_or_kinds() -> None:
    ring = new_keyring()

    found = {ring.index(operator, kind, "a@example.kz") for operator in (1, 2) for kind in ("email", "ref")}
    assert len(found) == 4


def test_a_leaf_is_the_salted_commitment_of_its_canonical_body() -> None:
    leaf = make_leaf({"b": 1, "a": "ә"})

    assert leaf.body == '{"a":"ә","b":1}'.encode()
    assert leaf.leaf_input == b"\x01" + commitment(leaf.salt, b"consent-ledger/leaf/v1\x00" + leaf.body)
    assert leaf_input(leaf.body, leaf.salt) == leaf.leaf_input
    assert make_leaf({"b": 1, "a": "ә"}).leaf_input != leaf.leaf_input
    assert len(leaf.leaf_input) == 33


def test_ids_are_in_the_order_of_time() -> None:
    ids = [new_id(NOW + timedelta(milliseconds=n)) for n in range(100)]

    assert ids == sorted(ids)
    assert {one.version for one in ids} == {7}
