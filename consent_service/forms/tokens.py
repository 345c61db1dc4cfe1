"""Tokens: what a browser displayed and what was ticked, signed, for one use, readable offline with published keys."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
from joserfc.errors import BadSignatureError, JoseError

from consent_service.forms.displayed import Displayed
from consent_service.forms.faults import TokenEditedError, TokenMalformedError, TokenUnknownKeyError
from consent_service.kernel.keys import Keyring
from consent_service.kernel.signing import UnknownKeyError, sign, signed_by

KIND = "consent-intent+jwt"
MOST_CHARACTERS = 16_384


@dataclass(frozen=True, slots=True)
class Token:
    """What a token says: to which site it was given, when, and what was displayed and ticked.

    ``page``: the address of the page without its query, where it cannot be somebody's data.
    """

    id: UUID
    site_key: str
    issued_at: datetime
    expires_at: datetime
    displayed: Displayed
    nonce: str
    page: str | None = None
    script: str | None = None


def sign_token(keys: Keyring, token: Token, issuer: str) -> str:
    """Sign a token with the key of now."""
    claims = {
        "iss": issuer,
        "aud": token.site_key,
        "jti": str(token.id),
        "iat": int(token.issued_at.timestamp()),
        "exp": int(token.expires_at.timestamp()),
        **token.displayed.as_data(),
        "nonce": token.nonce,
        "page": token.page,
        "script": token.script,
    }
    return sign(orjson.dumps(claims), KIND, keys.signer.receipts)


def read_token(keys: Keyring, text: str) -> Token:
    """Read a token that a key of this service signed, in force or over.

    Raises:
        TokenMalformedError: It is none.
        TokenUnknownKeyError: Another key signed it.
        TokenEditedError: It was altered since.
    """
    try:
        return _token(orjson.loads(signed_by(text, KIND, [one.receipts for one in keys.public_signers()])))
    except UnknownKeyError as error:
        raise TokenUnknownKeyError("No key of this service signed the token; refuse the form.") from error
    except BadSignatureError as error:
        raise TokenEditedError("The token was altered after it was signed; refuse the form.") from error
    except (JoseError, ValueError) as error:
        raise TokenMalformedError("This is no token of a form; send the value of the field unchanged.") from error


def _token(claims: Mapping[str, Any]) -> Token:  # Any: JSON values, signed by us
    issued_at, expires_at = (datetime.fromtimestamp(claims[name], UTC) for name in ("iat", "exp"))
    return Token(
        UUID(claims["jti"]),
        claims["aud"],
        issued_at,
        expires_at,
        Displayed.from_data(claims),
        claims["nonce"],
        claims["page"],
        claims["script"],
    )
