"""Signatures under what is handed out: a JWS in compact form, alg ``Ed25519`` (RFC 9864), typed by what it is."""

import base64
import hashlib
from collections.abc import Iterable
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from joserfc import jws
from joserfc.errors import BadSignatureError
from joserfc.jwk import OKPKey

from consent_service.kernel.signers import raw_public

ALGORITHM = "Ed25519"


class UnknownKeyError(BadSignatureError):
    """None of the keys that were asked for is the one that a signature names."""


def sign(said: bytes, kind: str, key: Ed25519PrivateKey) -> str:
    """Return bytes as a compact JWS; ``kind`` is its ``typ``, without which one paper could pass for another."""
    header = {"alg": ALGORITHM, "typ": kind, "kid": key_id(key.public_key())}
    return jws.serialize_compact(header, said, _jwk(key), algorithms=[ALGORITHM])


def signed_by(token: str, kind: str, keys: Iterable[Ed25519PublicKey]) -> bytes:
    """Return what a JWS of a kind says that was signed with one of these keys, the one that it names.

    Raises:
        UnknownKeyError: Another key signed it.
        BadSignatureError: It was altered.
        JoseError: It is no JWS.
        ValueError: It is no JWS, one of another kind, or one that is written otherwise than we write it.
    """
    known = {key_id(key): key for key in keys}
    header = jws.extract_compact(token.encode()).headers()
    if header.get("typ") != kind or not _is_canonical(token):
        raise ValueError(kind)
    key = known.get(str(header.get("kid")))
    if key is None:
        raise UnknownKeyError
    if header["alg"] != ALGORITHM:
        raise BadSignatureError
    payload: bytes = jws.deserialize_compact(token, _jwk(key), algorithms=[ALGORITHM]).payload
    return payload


def _is_canonical(token: str) -> bool:
    """Say whether the same cannot be written otherwise: the last character of a part has bits that mean nothing."""
    parts = token.encode("ascii").split(b".")
    decoded = [base64.urlsafe_b64decode(part + b"=" * (-len(part) % 4)) for part in parts]
    return [base64.urlsafe_b64encode(one).rstrip(b"=") for one in decoded] == parts


def payload_of(token: str) -> bytes:
    """Return what one of our own signatures says, unchecked: for what was signed and stored here."""
    payload: bytes = jws.extract_compact(token.encode()).payload
    return payload


def public_jwk(key: Ed25519PublicKey) -> dict[str, Any]:  # Any: a JWK
    """Return a public key by which signatures are checked, as it is published."""
    public = dict(_jwk(key).as_dict(private=False))
    return public | {"kid": key_id(key), "alg": ALGORITHM, "use": "sig"}


def key_id(key: Ed25519PublicKey) -> str:
    """Return the id of a key: the head of its SHA-256."""
    return hashlib.sha256(raw_public(key)).hexdigest()[:16]


def _jwk(key: Ed25519PrivateKey | Ed25519PublicKey) -> OKPKey:
    return OKPKey.import_key(key)
