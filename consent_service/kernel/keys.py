"""The keys of the service, in memory.

Key-encryption keys by epoch (what wraps people's keys, seals what belongs to nobody and indexes what is looked up is
derived from them), the master of the lookups that outlive epochs (credentials, sessions), and the keys that sign, by
generation.  Where they are kept is said in ``key_file``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from consent_service.kernel.crypto import blind_index, derive, new_key, seal, unseal
from consent_service.kernel.errors import KeyUnavailableError
from consent_service.kernel.signers import FIRST_GENERATION, PublicSigner, Signer

PREFIX_BYTES = 4
INDEX = "index"


@dataclass(frozen=True, repr=False)
class Keyring:
    """The keys in memory; never printed.

    ``retired_signers``: what is kept of generations whose private half is destroyed.
    """

    epoch: int
    key_encryption_keys: Mapping[int, bytes]
    index_key: bytes
    signers: Mapping[int, Signer]
    retired_signers: Mapping[int, PublicSigner]
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

    @property
    def signer(self) -> Signer:
        """The generation that signs now."""
        return self.signers[max(self.signers)]

    def signer_of(self, generation: int) -> Signer:
        """Return a generation that can still sign.

        Raises:
            KeyUnavailableError: Its private half is not in the key file.
        """
        found = self.signers.get(generation)
        if found is None:
            raise KeyUnavailableError(f"The signing key of generation {generation} is not in the key file.")
        return found

    def public_signer(self, generation: int) -> PublicSigner:
        """Return what checks the signatures of a generation.

        Raises:
            KeyUnavailableError: The key file knows nothing of it.
        """
        retired = self.retired_signers.get(generation)
        return retired or self.signer_of(generation).public

    def public_signers(self) -> list[PublicSigner]:
        """Return what checks the signatures of every generation, the newest first."""
        return [self.public_signer(one) for one in sorted({*self.signers, *self.retired_signers}, reverse=True)]

    def named_keys(self) -> dict[str, bytes]:
        """Return the secret keys by their names."""
        return (
            {key_name(epoch): key for epoch, key in self.key_encryption_keys.items()}
            | {INDEX: self.index_key}
            | {signing_name(one.generation): one.seed for one in self.signers.values()}
        )

    def check_values(self) -> dict[str, bytes]:
        """Return for each key a value that tells, without opening anything, whether a database was sealed with it."""
        return {name: derive(key, f"key-check|{name}|v1") for name, key in self.named_keys().items()}

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


def key_name(epoch: int) -> str:
    """Return the name of the key-encryption key of an epoch."""
    return f"epoch {epoch}"


def signing_name(generation: int) -> str:
    """Return the name of the signing key of a generation."""
    return f"signing {generation}"


def epoch_of(blob: bytes) -> int:
    """Return the epoch that leads a wrapped key, a sealed value or an index."""
    return int.from_bytes(blob[:PREFIX_BYTES])


def epoch_prefix(epoch: int) -> bytes:
    """Return the bytes by which an epoch leads what is its own; older epochs come first in the order of bytes."""
    return epoch.to_bytes(PREFIX_BYTES)


def new_keyring() -> Keyring:
    """Make fresh keys."""
    signer = Signer(FIRST_GENERATION, new_key())
    return Keyring(1, {1: new_key()}, new_key(), {signer.generation: signer}, {})
