"""The keys that sign: a generation signs receipts and the heads of one log, and is succeeded by the next.

Once a generation is over its private half is destroyed, and its public half is kept, so that whatever it signed can
still be checked.
"""

from dataclasses import dataclass
from functools import cached_property

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from consent_service.kernel.crypto import derive

FIRST_GENERATION = 1


@dataclass(frozen=True, slots=True)
class PublicSigner:
    """What checks the signatures of a generation: of its receipts, and of its heads (other keys, from one seed)."""

    generation: int
    receipts: Ed25519PublicKey
    heads: Ed25519PublicKey


@dataclass(frozen=True, repr=False)
class Signer:
    """A generation that can sign; never printed."""

    generation: int
    seed: bytes

    @cached_property
    def receipts(self) -> Ed25519PrivateKey:
        """The key that signs receipts."""
        return Ed25519PrivateKey.from_private_bytes(self.seed)

    @cached_property
    def heads(self) -> Ed25519PrivateKey:
        """The key that signs the heads of the ledger."""
        return Ed25519PrivateKey.from_private_bytes(derive(self.seed, "ledger-head|v1"))

    @cached_property
    def public(self) -> PublicSigner:
        """What is published of it."""
        return PublicSigner(self.generation, self.receipts.public_key(), self.heads.public_key())


def raw_public(key: Ed25519PublicKey) -> bytes:
    """Return the 32 bytes of a public key."""
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)
