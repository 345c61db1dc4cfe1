"""The key file: a file outside the database, mode 0600, whose keys a provider may keep wrapped.

Every change is written whole or not at all.  A key that is to be destroyed is first taken out of the file and named in
it, then its outer key is destroyed at the provider, then the name goes: killed on the way, the next change goes on.
"""

import json
import os
import secrets
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from consent_service.kernel.crypto import KEY_BYTES, new_key
from consent_service.kernel.errors import KeyUnavailableError
from consent_service.kernel.files import locked, replace_private, write_private
from consent_service.kernel.key_providers import KeyProvider
from consent_service.kernel.keys import INDEX, Keyring, key_name, new_keyring, signing_name
from consent_service.kernel.signers import PublicSigner, Signer, raw_public

FORMAT = "kelisim-keys/2"
_OTHERS_MAY_READ = 0o077
_FIELDS = {"format", "provider", "installation", "epoch", "keys", "retired_signers", "to_destroy"}


@dataclass(frozen=True, slots=True, repr=False)
class _Content:
    """What the file holds: the keys, as they are wrapped there, and those whose outer keys are still to be destroyed.

    ``installation`` tells apart the outer keys of installations that share a provider.
    """

    installation: str
    ring: Keyring
    wrapped: Mapping[str, str]
    to_destroy: frozenset[str]


class KeyFile:
    """The key file as it is now: read again when it was replaced, such as when an epoch began on another process."""

    def __init__(self, path: Path, provider: KeyProvider) -> None:
        self.path = path
        self.provider = provider
        if not path.exists():
            _create(path, provider)
        self._seen = self._mark()
        self._content = _open(path, provider)

    def ring(self) -> Keyring:
        """Return the keys that are in the file.

        Raises:
            KeyUnavailableError: It is gone, damaged, open to others, or its provider does not open it.
        """
        mark = self._mark()
        if mark != self._seen:
            self._content, self._seen = _open(self.path, self.provider), mark
        return self._content.ring

    @property
    def installation(self) -> str:
        """The name by which the installation of these keys is told from others."""
        self.ring()
        return self._content.installation

    def is_finished(self) -> bool:
        """Say whether every key that was to be destroyed is."""
        self.ring()
        return not self._content.to_destroy

    def begin_epoch(self) -> Keyring:
        """Add a new key-encryption key, under which everything is wrapped from now on."""

        def begin(ring: Keyring) -> Keyring:
            epoch = ring.epoch + 1
            return replace(ring, epoch=epoch, key_encryption_keys={**ring.key_encryption_keys, epoch: new_key()})

        return self._change(begin)

    def begin_signer(self) -> Keyring:
        """Add a new generation of the signing key, which signs receipts from now on."""

        def begin(ring: Keyring) -> Keyring:
            fresh = Signer(ring.signer.generation + 1, new_key())
            return replace(ring, signers={**ring.signers, fresh.generation: fresh})

        return self._change(begin)

    def destroy_epochs(self, epochs: Collection[int]) -> Keyring:
        """Destroy the key-encryption keys of some epochs, never that of the current one."""

        def destroy(ring: Keyring) -> Keyring:
            kept = {n: key for n, key in ring.key_encryption_keys.items() if n not in epochs or n == ring.epoch}
            return replace(ring, key_encryption_keys=kept)

        return self._change(destroy)

    def retire_signers(self, before: int) -> Keyring:
        """Destroy the private halves of the generations before one; their public halves stay."""

        def retire(ring: Keyring) -> Keyring:
            over = {n: one.public for n, one in ring.signers.items() if n < before}
            kept = {n: one for n, one in ring.signers.items() if n >= before}
            return replace(ring, signers=kept, retired_signers={**ring.retired_signers, **over})

        return self._change(retire)

    def move(self, to: KeyProvider) -> None:
        """Wrap all keys by another provider; their outer keys at the present one are destroyed."""
        with locked(self.path):
            content = _open(self.path, self.provider)
            replace_private(self.path, _written(replace(content, wrapped={}, to_destroy=frozenset()), to))
            for name in {*content.ring.named_keys(), *content.to_destroy}:
                self.provider.destroy(_outer(content, name))
        self.provider = to

    def _change(self, change: Callable[[Keyring], Keyring]) -> Keyring:
        with locked(self.path):
            before = _open(self.path, self.provider)
            ring = change(before.ring)
            gone = before.to_destroy | (set(before.ring.named_keys()) - set(ring.named_keys()))
            content = replace(before, ring=ring, to_destroy=frozenset(gone))
            replace_private(self.path, _written(content, self.provider))
            if gone:
                for name in sorted(gone):
                    self.provider.destroy(_outer(content, name))
                replace_private(self.path, _written(replace(content, to_destroy=frozenset()), self.provider))
        return self.ring()

    def _mark(self) -> tuple[int, int, int]:
        try:
            found = self.path.stat()
        except OSError as error:
            raise KeyUnavailableError(f"{self.path} is gone: restore it from its backup.") from error
        return found.st_ino, found.st_mtime_ns, found.st_size


def provider_in(path: Path) -> str:
    """Return the name of the provider that keeps the keys of a file.

    Raises:
        KeyUnavailableError: It is not there, or no key file.
    """
    try:
        return str(json.loads(path.read_text())["provider"])
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise KeyUnavailableError(f"{path} is not a key file: restore it from its own backup.") from error


def _open(path: Path, provider: KeyProvider) -> _Content:
    if os.name == "posix" and path.stat().st_mode & _OTHERS_MAY_READ:
        raise KeyUnavailableError(f"{path} can be read by others: run chmod 600 on it.")
    try:
        raw = json.loads(path.read_text())
        if "key_encryption_keys" in raw:
            raise KeyUnavailableError(
                f"{path} is from before the first release: begin with a fresh DATA_DIR and an empty database."
            )
        missing = sorted(_FIELDS - set(raw))
        if missing:
            raise KeyUnavailableError(f"{path} lacks {', '.join(missing)}: restore the key file from its own backup.")
        if raw["provider"] != provider.name:
            raise KeyUnavailableError(
                f"The keys in {path} are kept by the provider {raw['provider']!r}, and KEY_PROVIDER says "
                f"{provider.name!r}: set it back, or run master-keys move."
            )
        return _read(raw, path, provider)
    except (ValueError, TypeError, AttributeError, KeyError) as error:
        raise KeyUnavailableError(f"{path} is not a key file: restore it from its own backup.") from error


def _read(raw: Mapping[str, Any], path: Path, provider: KeyProvider) -> _Content:  # Any: JSON values
    installation = str(raw["installation"])
    keys = {
        name: _checked(provider.unwrap(_outer_name(installation, name), value)) for name, value in raw["keys"].items()
    }
    epochs, generations = _numbered(keys, key_name), _numbered(keys, signing_name)
    epoch = int(raw["epoch"])
    lacking = [name for name in (key_name(epoch), INDEX) if name not in keys]
    if not generations:
        lacking.append("signing")
    if lacking:
        raise KeyUnavailableError(f"{path} lacks the key {lacking[0]}: restore the key file from its own backup.")
    retired = {
        int(generation): PublicSigner(int(generation), _public(one["receipts"]), _public(one["heads"]))
        for generation, one in raw["retired_signers"].items()
    }
    ring = Keyring(epoch, epochs, keys[INDEX], {n: Signer(n, seed) for n, seed in generations.items()}, retired)
    return _Content(installation, ring, dict(raw["keys"]), frozenset(map(str, raw["to_destroy"])))


def _create(path: Path, provider: KeyProvider) -> None:
    content = _Content(secrets.token_hex(8), new_keyring(), {}, frozenset())
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_suffix(f".{secrets.token_hex(8)}")
    write_private(fresh, _written(content, provider))
    try:
        with suppress(FileExistsError):  # two first starts at once: one file wins, both use it
            os.link(fresh, path)
    finally:
        fresh.unlink()


def _written(content: _Content, provider: KeyProvider) -> str:
    ring = content.ring
    body = {
        "format": FORMAT,
        "provider": provider.name,
        "installation": content.installation,
        "epoch": ring.epoch,
        "keys": {
            name: content.wrapped.get(name) or provider.wrap(_outer(content, name), key)
            for name, key in ring.named_keys().items()
        },
        "retired_signers": {
            str(generation): {"receipts": raw_public(one.receipts).hex(), "heads": raw_public(one.heads).hex()}
            for generation, one in ring.retired_signers.items()
        },
        "to_destroy": sorted(content.to_destroy),
    }
    return json.dumps(body, indent=1)


def _outer(content: _Content, name: str) -> str:
    return _outer_name(content.installation, name)


def _outer_name(installation: str, name: str) -> str:
    return f"kelisim-{installation}-{name.replace(' ', '-')}"


def _numbered(keys: Mapping[str, bytes], name: Callable[[int], str]) -> dict[int, bytes]:
    """Return the keys that one kind of name names, by their number."""
    numbers = {int(found.rpartition(" ")[2]) for found in keys if " " in found}
    return {number: keys[name(number)] for number in sorted(numbers) if name(number) in keys}


def _checked(key: bytes) -> bytes:
    if len(key) != KEY_BYTES:
        raise ValueError
    return key


def _public(text: str) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(bytes.fromhex(text))
