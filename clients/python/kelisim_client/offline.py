"""Reading a token without asking the service, with keys that it has published."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from .errors import RefusedError

KIND, ALGORITHM = "consent-intent+jwt", "Ed25519"
SKEW = timedelta(seconds=60)
_PARTS = 3
Keys = Mapping[str, Ed25519PublicKey]


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token says.  Whether it was used already, the service alone knows."""

    id: str
    site_key: str
    form: str
    language: str
    answers: Mapping[str, bool]
    issued_at: datetime
    expires_at: datetime
    said: Mapping[str, Any]  # Any: JSON values


def read_keys(jwks: Mapping[str, Any]) -> Keys:  # Any: JSON values
    """Read the keys of ``/.well-known/jwks.json``."""
    keys = (key for key in jwks["keys"] if key.get("kty") == "OKP" and key.get("crv") == ALGORITHM)
    return {key["kid"]: Ed25519PublicKey.from_public_bytes(_bytes(key["x"])) for key in keys}


def read_token(token: str, keys: Keys, *, at: datetime, site_key: str | None = None, form: str | None = None) -> Claims:
    """Read a token that was received at an instant.

    Raises:
        RefusedError: It is none, altered, over, of another site or form, or of an unknown key.
    """
    head, said, signature, signed = _parts(token)
    if head.get("typ") != KIND:
        raise RefusedError("token-malformed", "This is no token of a form.")
    key = keys.get(str(head.get("kid")))
    if key is None:
        raise RefusedError("token-unknown-key", "None of the keys that are known signed the token.")
    if head.get("alg") != ALGORITHM:
        raise RefusedError("token-edited", "The token was altered.")
    try:
        key.verify(signature, signed)
    except InvalidSignature as error:
        raise RefusedError("token-edited", "The token was altered.") from error
    issued_at, expires_at = (datetime.fromtimestamp(said[name], UTC) for name in ("iat", "exp"))
    if not issued_at - SKEW <= at <= expires_at + SKEW:
        raise RefusedError("token-expired", "The token was not good when the form was received.")
    if site_key not in (None, said["aud"]):
        raise RefusedError("token-other-site", "The token was given to a page of another site.")
    if form not in (None, said["form"]):
        raise RefusedError("token-other-form", "The token was given for another form.")
    return Claims(
        said["jti"], said["aud"], said["form"], said["language"], said["answers"], issued_at, expires_at, said
    )


def _parts(token: str) -> tuple[dict[str, Any], dict[str, Any], bytes, bytes]:  # Any: JSON values
    try:
        parts = token.encode("ascii").split(b".")
        if len(parts) != _PARTS:
            raise ValueError(token)
        head, said = (json.loads(_bytes(part.decode())) for part in parts[:2])
        if not isinstance(head, dict) or not isinstance(said, dict):
            raise TypeError
        return head, said, _bytes(parts[2].decode()), b".".join(parts[:2])
    except (ValueError, TypeError) as error:
        raise RefusedError("token-malformed", "This is no token of a form.") from error


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
