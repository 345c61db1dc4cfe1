"""The keys of the service: a file outside the database, mode 0600.

It protects against the theft of the database alone.  The file holds key-encryption keys by epoch (what wraps people's
keys, seals what belongs to nobody and indexes what is looked up is derived from them), the master of the lookups that
outlive epochs (credentials, sessions), and the key that signs receipts.
"""

import base64
import json
import os
import secrets
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from consent_service.kernel.crypto import KEY_BYTES, blind_index, derive, new_key, seal, unseal
from consent_service.kernel.errors import KeyUnavailableError
from consent_service.kernel.files import locked, replace_private, write_private

PREFIX_BYTES = 4
_OTHERS_MAY_READ = 0o077
_FIELDS = {"epoch", "key_encryption_keys", "index_key", "signing_key"}


@dataclass(frozen=True, repr=False)
class Keyring:
    """The keys in memory; never printed."""

    epoch: int
    key_encryption_keys: dict[int, bytes]
    index_key: bytes
    signing_seed: bytes
    _derived: dict[str, bytes] = field(default_factory=dict, compare=False)

    def wrap(self, key: bytes, place: str) -> bytes:
        """Wrap a person's key under the current key-encryption key; the epoch leads the blob."""
        return epoch_prefix(self.epoch) + seal(self._outer(self.epoch), key, place)

    def unwrap(self, wrapped: bytes, place: str) -> bytes:
        """Open a wrapped key.

        Raises:
            KeyUnavailableError: The epoch of the key is gone, or the file is not the one it was wrapped with.
        """
        return unseal(self._outer(epoch_of(wrapped)), wrapped[PREFIX_BYTES:], place)

    def seal(self, purpose: str, plain: bytes, place: str) -> bytes:
        """Seal a value that belongs to no person under the current epoch, which leads the blob."""
        return epoch_prefix(self.epoch) + seal(self._of_epoch(self.epoch, purpose), plain, place)

    def open(self, purpose: str, sealed: bytes, place: str) -> bytes:
        """Open what ``seal`` made.

        Raises:
            KeyUnavailableError: Its epoch is gone, or it was sealed for another purpose or place, or altered.
        """
        return unseal(self._of_epoch(epoch_of(sealed), purpose), sealed[PREFIX_BYTES:], place)

    def index(self, operator_id: int, name: str, value: str) -> bytes:
        """Return the blind index of a value, comparable across neither operators nor kinds; its epoch leads it."""
        return self._index(self.epoch, operator_id, name, value)

    def indexes(self, operator_id: int, name: str, value: str) -> list[bytes]:
        """Return the blind indexes under which a value may be found: one, and two while an epoch is turned."""
        return [self._index(epoch, operator_id, name, value) for epoch in self.key_encryption_keys]

    def derived(self, purpose: str) -> bytes:
        """Return a key for one purpose that outlives epochs, such as looking up credentials."""
        found = self._derived.get(purpose)
        if found is None:
            found = self._derived[purpose] = derive(self.index_key, purpose)
        return found

    def _index(self, epoch: int, operator_id: int, name: str, value: str) -> bytes:
        key = self._of_epoch(epoch, f"blind-index|{operator_id}|{name}|v1")
        return epoch_prefix(epoch) + blind_index(key, value)

    def _of_epoch(self, epoch: int, purpose: str) -> bytes:
        name = f"{epoch}|{purpose}"
        found = self._derived.get(name)
        if found is None:
            found = self._derived[name] = derive(self._outer(epoch), purpose)
        return found

    def _outer(self, epoch: int) -> bytes:
        found = self.key_encryption_keys.get(epoch)
        if found is None:
            raise KeyUnavailableError(f"The key-encryption key of epoch {epoch} is not in the key file.")
        return found

    def check_values(self) -> dict[str, bytes]:
        """Return for each key a value that tells, without opening anything, whether a database was sealed with it."""
        keys = {key_name(epoch): key for epoch, key in self.key_encryption_keys.items()}
        keys |= {"index": self.index_key, "signing": self.signing_seed}
        return {name: derive(key, f"key-check|{name}|v1") for name, key in keys.items()}

    @cached_property
    def signing_key(self) -> Ed25519PrivateKey:
        """The key that signs receipts."""
        return Ed25519PrivateKey.from_private_bytes(self.signing_seed)

    @cached_property
    def ledger_key(self) -> Ed25519PrivateKey:
        """The key that signs the heads of the ledger: another than that of receipts, from the same seed."""
        return Ed25519PrivateKey.from_private_bytes(derive(self.signing_seed, "ledger-head|v1"))


def key_name(epoch: int) -> str:
    """Return the name of the key-encryption key of an epoch."""
    return f"epoch {epoch}"


def epoch_of(blob: bytes) -> int:
    """Return the epoch that leads a wrapped key, a sealed value or an index."""
    return int.from_bytes(blob[:PREFIX_BYTES])


def epoch_prefix(epoch: int) -> bytes:
    """Return the bytes by which an epoch leads what is its own; older epochs come first in the order of bytes."""
    return epoch.to_bytes(PREFIX_BYTES)


def new_keyring() -> Keyring:
    """Make fresh keys."""
    return Keyring(1, {1: new_key()}, new_key(), new_key())


class KeyFile:
    """The key file as it is now: read again when it was replaced, such as when an epoch began on another process."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._ring = open_key_file(path)
        self._seen = self._mark()

    def ring(self) -> Keyring:
        """Return the keys that are in the file.

        Raises:
            KeyUnavailableError: It is gone, damaged or open to others.
        """
        mark = self._mark()
        if mark != self._seen:
            self._ring, self._seen = open_key_file(self.path), mark
        return self._ring

    def begin_epoch(self) -> Keyring:
        """Add a new key-encryption key, under which everything is wrapped from now on."""
        return self._change(
            lambda ring: replace(
                ring, epoch=ring.epoch + 1, key_encryption_keys={**ring.key_encryption_keys, ring.epoch + 1: new_key()}
            )
        )

    def destroy(self, epochs: Collection[int]) -> Keyring:
        """Destroy the key-encryption keys of some epochs, never that of the current one."""
        return self._change(
            lambda ring: replace(
                ring,
                key_encryption_keys={
                    epoch: key
                    for epoch, key in ring.key_encryption_keys.items()
                    if epoch not in epochs or epoch == ring.epoch
                },
            )
        )

    def _change(self, change: Callable[[Keyring], Keyring]) -> Keyring:
        with locked(self.path):
            ring = change(open_key_file(self.path))
            replace_private(self.path, _written(ring))
        return self.ring()

    def _mark(self) -> tuple[int, int, int]:
        try:
            found = self.path.stat()
        except OSError as error:
            raise KeyUnavailableError(f"{self.path} is gone: restore it from its backup.") from error
        return found.st_ino, found.st_mtime_ns, found.st_size


def open_key_file(path: Path) -> Keyring:
    """Read the key file; make it on the first start.

    Raises:
        KeyUnavailableError: The file can be read by others, is damaged or lacks a key.
    """
    if not path.exists():
        return _create(path)
    if os.name == "posix" and path.stat().st_mode & _OTHERS_MAY_READ:
        raise KeyUnavailableError(f"{path} can be read by others: run chmod 600 on it.")
    try:
        raw = json.loads(path.read_text())
        missing = sorted(_FIELDS - set(raw))
        if missing:
            raise KeyUnavailableError(f"{path} lacks {', '.join(missing)}: restore the key file from its own backup.")
        ring = Keyring(
            int(raw["epoch"]),
            {int(epoch): _decode(value) for epoch, value in raw["key_encryption_keys"].items()},
            _decode(raw["index_key"]),
            _decode(raw["signing_key"]),
        )
    except (ValueError, TypeError, AttributeError) as error:
        raise KeyUnavailableError(f"{path} is not a key file: restore it from its own backup.") from error
    if ring.epoch not in ring.key_encryption_keys:
        raise KeyUnavailableError(
            f"{path} lacks the key of its current epoch {ring.epoch}: restore it from its backup."
        )
    return ring


def _create(path: Path) -> Keyring:
    ring = new_keyring()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_suffix(f".{secrets.token_hex(8)}")
    write_private(fresh, _written(ring))
    try:
        os.link(fresh, path)  # two first starts at once: one file wins, both use it
    except FileExistsError:
        return open_key_file(path)
    finally:
        fresh.unlink()
    return ring


def _written(ring: Keyring) -> str:
    body = {
        "epoch": ring.epoch,
        "key_encryption_keys": {str(epoch): _encode(key) for epoch, key in ring.key_encryption_keys.items()},
        "index_key": _encode(ring.index_key),
        "signing_key": _encode(ring.signing_seed),
    }
    return json.dumps(body, indent=1)


def _encode(key: bytes) -> str:
    return base64.b64encode(key).decode()


def _decode(text: str) -> bytes:
    key = base64.b64decode(text, validate=True)
    if len(key) != KEY_BYTES:
        raise ValueError(text[:0])
    return key
