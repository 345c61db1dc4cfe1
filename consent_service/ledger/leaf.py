"""The canonical bytes of one event and its salted commitment: the leaf of the log to come.

``commitment = HMAC-SHA-256(salt, "consent-ledger/leaf/v1" 0x00 body)`` with ``body`` in RFC 8785 form; the leaf input
is ``0x01 | commitment``.  Without the salt a leaf says nothing of its event, so the salt goes when the evidence does.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from consent_service.kernel.canonical import canonical
from consent_service.kernel.crypto import commitment

_DOMAIN = b"consent-ledger/leaf/v1\x00"
_VERSION = b"\x01"
SALT_BYTES = 32


@dataclass(frozen=True, slots=True)
class Leaf:
    """A body in canonical bytes, the salt that hides it, and the leaf input of 33 bytes."""

    body: bytes
    salt: bytes
    leaf_input: bytes


def make_leaf(body: Mapping[str, object]) -> Leaf:
    """Commit to an event body (strings, whole numbers, booleans, null, lists, maps)."""
    written = canonical(body)
    salt = secrets.token_bytes(SALT_BYTES)
    return Leaf(written, salt, leaf_input(written, salt))


def leaf_input(body: bytes, salt: bytes) -> bytes:
    """Return the leaf input that ``body`` and ``salt`` must give."""
    return _VERSION + commitment(salt, _DOMAIN + body)
