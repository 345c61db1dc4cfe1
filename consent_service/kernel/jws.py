"""Signed statements: a JWS in compact form, alg ``Ed25519`` (RFC 9864), typed by what it is, naming its key."""

import base64
import hashlib
from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from joserfc import jws
from joserfc.errors import BadSignatureError, JoseError
from joserfc.jwk import OKPKey

from consent_service.kernel.signers import raw_public

ALGORITHM = "Ed25519"


class Flaw(Enum):
    """Why nothing can be taken from a text."""

    MALFORMED = "it is no signed statement of this kind"
    UNKNOWN_KEY = "it names a key that is none of these"
    ALTERED = "its signature does not hold"


class FlawedError(ValueError):
    """What was given proves nothing; whoever asked says so in words of their own."""

    def __init__(self, flaw: Flaw) -> None:
        super().__init__(flaw.value)
        self.flaw = flaw


def sign(said: Mapping[str, Any], kind: str, key: Ed25519PrivateKey) -> str:  # Any: JSON values
    """Return JSON values as a compact JWS of some kind."""
    header = {"alg": ALGORITHM, "typ": kind, "kid": key_id(key.public_key())}
    return jws.serialize_compact(header, orjson.dumps(dict(said)), _jwk(key), algorithms=[ALGORITHM])


def read(token: str, kind: str, keys: Iterable[Ed25519PublicKey]) -> dict[str, Any]:  # Any: JSON values
    """Read what was signed with one of these keys, the one that it names.

    Raises:
        FlawedError: It is of another kind, was altered, or another key signed it.
    """
    known = {key_id(key): key for key in keys}
    if not _is_canonical(token):
        raise FlawedError(Flaw.MALFORMED)
    try:
        header = jws.extract_compact(token.encode()).headers()
        if header.get("typ") != kind:
            raise FlawedError(Flaw.MALFORMED)
        key = known.get(str(header.get("kid")))
        if key is None:
            raise FlawedError(Flaw.UNKNOWN_KEY)
        if header.get("alg") != ALGORITHM:
            raise FlawedError(Flaw.ALTERED)
        said = orjson.loads(jws.deserialize_compact(token, _jwk(key), algorithms=[ALGORITHM]).payload)
    except BadSignatureError as error:
        raise FlawedError(Flaw.ALTERED) from error
    except FlawedError:
        raise
    except (JoseError, ValueError, TypeError, AttributeError) as error:
        raise FlawedError(Flaw.MALFORMED) from error
    if not isinstance(said, dict):
        raise FlawedError(Flaw.MALFORMED)
    return said


def _is_canonical(token: str) -> bool:
    """Say whether the same cannot be written otherwise: the last character of a part has bits that mean nothing."""
    try:
        parts = [part.encode("ascii") for part in token.split(".")]
        decoded = [base64.urlsafe_b64decode(part + b"=" * (-len(part) % 4)) for part in parts]
    except ValueError:
        return False
    return [base64.urlsafe_b64encode(one).rstrip(b"=") for one in decoded] == parts


def public_jwk(key: Ed25519PublicKey) -> dict[str, Any]:  # Any: a JWK
    """Return a public key by which statements are checked, as it is published."""
    public = dict(_jwk(key).as_dict(private=False))
    return public | {"kid": key_id(key), "alg": ALGORITHM, "use": "sig"}


def key_id(key: Ed25519PublicKey) -> str:
    """Return the id of a key: the head of its SHA-256."""
    return hashlib.sha256(raw_public(key)).hexdigest()[:16]


def _jwk(key: Ed25519PrivateKey | Ed25519PublicKey) -> OKPKey:
    return OKPKey.import_key(key)
