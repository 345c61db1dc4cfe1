"""Signatures under what is handed out: a JWS in compact form, alg ``Ed25519`` (RFC 9864), typed by what it is."""

import hashlib
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jws
from joserfc.jwk import OKPKey

ALGORITHM = "Ed25519"


def sign(said: bytes, kind: str, key: Ed25519PrivateKey) -> str:
    """Return bytes as a compact JWS; ``kind`` is its ``typ``, without which one paper could pass for another."""
    header = {"alg": ALGORITHM, "typ": kind, "kid": key_id(key)}
    return jws.serialize_compact(header, said, _jwk(key), algorithms=[ALGORITHM])


def signed_by(token: str, key: Ed25519PrivateKey) -> bytes:
    """Return what a JWS says that was signed with this key.

    Raises:
        JoseError: It was altered, another key signed it, or it is no JWS.
        ValueError: It is no JWS.
    """
    payload: bytes = jws.deserialize_compact(token, _jwk(key), algorithms=[ALGORITHM]).payload
    return payload


def payload_of(token: str) -> bytes:
    """Return what one of our own signatures says, unchecked: for what was signed and stored here."""
    payload: bytes = jws.extract_compact(token.encode()).payload
    return payload


def public_jwk(key: Ed25519PrivateKey) -> dict[str, Any]:  # Any: a JWK
    """Return the public key by which signatures are checked."""
    public = dict(_jwk(key).as_dict(private=False))
    return public | {"kid": key_id(key), "alg": ALGORITHM, "use": "sig"}


def key_id(key: Ed25519PrivateKey) -> str:
    """Return the id of a key: the head of the SHA-256 of its public half."""
    raw = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return hashlib.sha256(raw).hexdigest()[:16]


def _jwk(key: Ed25519PrivateKey) -> OKPKey:
    return OKPKey.import_key(key)
