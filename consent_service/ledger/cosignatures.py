"""Cosignatures of witnesses (C2SP tlog-cosignature, Ed25519): lines below a head that say when it was seen.

A witness signs the text of a head together with the time, under a key of the type 0x04.
"""

import base64
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from consent_service.kernel.errors import LedgerError
from consent_service.ledger.heads import KEY_ID_BYTES, key_id

_COSIGNER: Final = b"\x04"
_TIME_BYTES, _SIGNATURE_BYTES = 8, 64


@dataclass(frozen=True, slots=True)
class WitnessKey:
    """The name of a witness and its public key."""

    name: str
    raw: bytes

    @property
    def id(self) -> bytes:
        """The bytes that lead its signatures."""
        return key_id(self.name, _COSIGNER, self.raw)

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(_COSIGNER + self.raw).decode()}"


@dataclass(frozen=True, slots=True)
class Cosignature:
    """A signature line of a witness, without its end, and when it says that it saw the head."""

    line: str
    at: datetime


def read_witness_key(text: str) -> WitnessKey:
    """Read the verifier key of a witness: name, id and key.

    Raises:
        LedgerError: It is none, or of another kind.
    """
    try:
        name, claimed, body = text.split("+", 2)
        decoded = base64.b64decode(body, validate=True)
        key = WitnessKey(name, decoded[1:])
        Ed25519PublicKey.from_public_bytes(key.raw)
        if not name or any(letter.isspace() for letter in name) or decoded[:1] != _COSIGNER or str(key) != text:
            raise ValueError(claimed)
    except ValueError as error:
        raise LedgerError("This is no verifier key of a witness: NAME+ID+KEY, of the type 4.") from error
    return key


def find_cosignature(body: str, key: WitnessKey, text: str) -> Cosignature:
    """Return the line of a witness among signature lines, checked against the text of a head.

    Raises:
        LedgerError: There is none of this witness, or it does not hold.
    """
    for line in body.split("\n"):
        signature = _signature(line, key)
        if signature is not None:
            return Cosignature(line, _signed_at(signature, key, text))
    raise LedgerError(f"There is no signature of the witness {key.name}.")


def _signature(line: str, key: WitnessKey) -> bytes | None:
    """Return what follows the key id in a line of this witness; None where the line is another's."""
    begin = f"— {key.name} "
    if not line.startswith(begin):
        return None
    encoded = line.removeprefix(begin)
    try:
        decoded = base64.b64decode(encoded, validate=True)
    except ValueError:
        return None
    is_its_own = decoded[:KEY_ID_BYTES] == key.id and base64.b64encode(decoded).decode() == encoded
    return decoded[KEY_ID_BYTES:] if is_its_own else None


def _signed_at(signature: bytes, key: WitnessKey, text: str) -> datetime:
    try:
        if len(signature) != _TIME_BYTES + _SIGNATURE_BYTES:
            raise ValueError(len(signature))
        seconds = int.from_bytes(signature[:_TIME_BYTES])
        signed = f"cosignature/v1\ntime {seconds}\n{text}".encode()
        Ed25519PublicKey.from_public_bytes(key.raw).verify(signature[_TIME_BYTES:], signed)
        return datetime.fromtimestamp(seconds, UTC)
    except (InvalidSignature, ValueError, OverflowError, OSError) as error:
        raise LedgerError(f"The signature of the witness {key.name} does not hold.") from error
