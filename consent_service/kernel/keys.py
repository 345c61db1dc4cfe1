"""The keys of the service: a file outside the database, mode 0600.

It protects against the theft of the database alone.  The file holds key-encryption keys by epoch, the master of the
blind indexes and the key that signs receipts.
"""

import base64
import json
import os
import secrets
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from consent_service.kernel.crypto import KEY_BYTES, derive, new_key, seal, unseal
from consent_service.kernel.errors import KeyUnavailableError
from consent_service.kernel.files import write_private

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
        return self.epoch.to_bytes(4) + seal(self.key_encryption_keys[self.epoch], key, place)

    def unwrap(self, wrapped: bytes, place: str) -> bytes:
        """Open a wrapped key.

        Raises:
            KeyUnavailableError: The epoch of the key is gone, or the file is not the one it was wrapped with.
        """
        epoch = int.from_bytes(wrapped[:4])
        outer = self.key_encryption_keys.get(epoch)
        if outer is None:
            raise KeyUnavailableError(f"The key-encryption key of epoch {epoch} is not in the key file.")
        return unseal(outer, wrapped[4:], place)

    def index_for(self, operator_id: int, name: str) -> bytes:
        """Return the blind-index key of one operator and one kind of value: no index is comparable across tenants."""
        purpose = f"blind-index|{operator_id}|{name}|v1"
        found = self._derived.get(purpose)
        if found is None:
            found = self._derived[purpose] = derive(self.index_key, purpose)
        return found

    def derived(self, purpose: str) -> bytes:
        """Return a key for one internal purpose, such as looking up credentials."""
        found = self._derived.get(purpose)
        if found is None:
            found = self._derived[purpose] = derive(self.index_key, purpose)
        return found

    @cached_property
    def signing_key(self) -> Ed25519PrivateKey:
        """The key that signs receipts."""
        return Ed25519PrivateKey.from_private_bytes(self.signing_seed)

    @cached_property
    def ledger_key(self) -> Ed25519PrivateKey:
        """The key that signs the heads of the ledger: another than that of receipts, from the same seed."""
        return Ed25519PrivateKey.from_private_bytes(derive(self.signing_seed, "ledger-head|v1"))


def new_keyring() -> Keyring:
    """Make fresh keys."""
    return Keyring(1, {1: new_key()}, new_key(), new_key())


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
    body = {
        "epoch": ring.epoch,
        "key_encryption_keys": {str(epoch): _encode(key) for epoch, key in ring.key_encryption_keys.items()},
        "index_key": _encode(ring.index_key),
        "signing_key": _encode(ring.signing_seed),
    }
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_suffix(f".{secrets.token_hex(8)}")
    write_private(fresh, json.dumps(body, indent=1))
    try:
        os.link(fresh, path)  # two first starts at once: one file wins, both use it
    except FileExistsError:
        return open_key_file(path)
    finally:
        fresh.unlink()
    return ring


def _encode(key: bytes) -> str:
    return base64.b64encode(key).decode()


def _decode(text: str) -> bytes:
    key = base64.b64decode(text, validate=True)
    if len(key) != KEY_BYTES:
        raise ValueError(text[:0])
    return key
