"""Sealing and blind indexes.  No key policy: which key, and for how long, is decided by the caller.

A sealed field is ``0x01 | nonce(12) | ciphertext and tag`` (AES-256-GCM); its place is authenticated, so that a sealed
value moved to another row does not open.
"""

import hmac
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from consent_service.kernel.errors import KeyUnavailableError

KEY_BYTES = 32
INDEX_BYTES = 16
_FORMAT = b"\x01"
_NONCE_BYTES = 12


def new_key() -> bytes:
    """Return 32 random bytes."""
    return secrets.token_bytes(KEY_BYTES)


def seal(key: bytes, plain: bytes, place: str) -> bytes:
    """Encrypt ``plain`` under ``key`` for one place (table, column and row in words)."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return _FORMAT + nonce + AESGCM(key).encrypt(nonce, plain, place.encode())


def unseal(key: bytes, sealed: bytes, place: str) -> bytes:
    """Decrypt what ``seal`` made for the same place.

    Raises:
        KeyUnavailableError: The key or the place is not the one it was sealed for, or it was altered.
    """
    if sealed[:1] != _FORMAT:
        raise KeyUnavailableError("A sealed value has an unknown format: it was altered or written by a newer release.")
    try:
        return AESGCM(key).decrypt(sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :], place.encode())
    except InvalidTag as error:
        raise KeyUnavailableError("A sealed value does not open: wrong key, wrong place or altered.") from error


def derive(master: bytes, purpose: str) -> bytes:
    """Derive a key for one purpose from a master key (HKDF-Expand, SHA-256)."""
    return HKDFExpand(SHA256(), KEY_BYTES, purpose.encode()).derive(master)


def blind_index(key: bytes, value: str) -> bytes:
    """Return the 16 bytes under which ``value`` is found without being readable."""
    return hmac.digest(key, value.encode(), "sha256")[:INDEX_BYTES]


def commitment(salt: bytes, body: bytes) -> bytes:
    """Return the hiding commitment to ``body``: HMAC-SHA-256 under a random 32-byte salt."""
    return hmac.digest(salt, body, "sha256")
