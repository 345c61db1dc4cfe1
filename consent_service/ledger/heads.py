"""Tree heads as signed notes (C2SP signed-note, tlog-checkpoint; Ed25519).

The text is three lines, origin, size and root in base64, then an empty line and one line a signature.  The name of the
key is the origin, so that a head of one log never passes for that of another.  Lines of others may follow ours.
"""

import base64
import hashlib
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from consent_service.kernel.errors import LedgerError
from consent_service.ledger.merkle import HASH_BYTES

_ED25519: Final = b"\x01"
KEY_ID_BYTES: Final = 4


@dataclass(frozen=True, slots=True)
class Head:
    """What a head says: whose log, how many leaves, and the root over them."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """Return the bytes that are signed, as text."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def sign_head(head: Head, key: Ed25519PrivateKey) -> str:
    """Return the head as a signed note."""
    signature = _own_id(head.origin, key.public_key()) + key.sign(head.text().encode())
    return f"{head.text()}\n— {head.origin} {base64.b64encode(signature).decode()}\n"


def open_head(note: str, origin: str, key: Ed25519PublicKey) -> Head:
    """Read a signed note.

    Raises:
        LedgerError: It is no head, not of this log, or not signed with this key.
    """
    text, _, signatures = note.partition("\n\n")
    try:
        name, size, root = text.split("\n")
        head = Head(name, _number(size), base64.b64decode(root, validate=True))
    except ValueError as error:
        raise LedgerError("A tree head is not in the form of a signed note.") from error
    if head.origin != origin or len(head.root) != HASH_BYTES:
        raise LedgerError("A tree head is of another log.")
    own_id = _own_id(origin, key)
    for line in signatures.split("\n"):
        signature = _signature(line, origin)
        if signature[:KEY_ID_BYTES] == own_id:
            try:
                key.verify(signature[KEY_ID_BYTES:], head.text().encode())
            except InvalidSignature as error:
                raise LedgerError("A tree head was altered after it was signed.") from error
            return head
    raise LedgerError("A tree head is not signed with the key of this log.")


def verifier_key(origin: str, key: Ed25519PublicKey) -> str:
    """Return the public key in the form that verifiers take: name, id and key."""
    public = base64.b64encode(_ED25519 + _raw(key)).decode()
    return f"{origin}+{_own_id(origin, key).hex()}+{public}"


def key_id(name: str, kind: bytes, raw: bytes) -> bytes:
    """Return the bytes that lead the signatures of a key of some kind under a name."""
    return hashlib.sha256(name.encode() + b"\n" + kind + raw).digest()[:KEY_ID_BYTES]


def _own_id(origin: str, key: Ed25519PublicKey) -> bytes:
    return key_id(origin, _ED25519, _raw(key))


def _raw(key: Ed25519PublicKey) -> bytes:
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or (text != "0" and text.startswith("0")):
        raise ValueError(text)
    return int(text)


def _signature(line: str, origin: str) -> bytes:
    """Return the key id and signature of a line; empty where the line is another's."""
    begin = f"— {origin} "
    if not line.startswith(begin):
        return b""
    try:
        return base64.b64decode(line.removeprefix(begin), validate=True)
    except ValueError:
        return b""
