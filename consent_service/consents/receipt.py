"""The receipt that a person keeps: the contents of Law 94-V art. 8(4), without personal data, signed.

A JWS in compact form, alg ``Ed25519`` (RFC 9864), typ ``consent-receipt+jwt``.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jws
from joserfc.errors import BadSignatureError, JoseError
from joserfc.jwk import OKPKey

from consent_service.consents.queries import ConsentView
from consent_service.kernel.errors import InvalidInputError
from consent_service.ledger.tree import MERGE_DELAY
from consent_service.operators.queries import OperatorName
from consent_service.policies.terms import Terms

PROFILE = "kelisim-receipt/1"
ALGORITHM = "Ed25519"


def build_receipt(view: ConsentView, terms: Terms, operator: OperatorName) -> dict[str, Any]:  # Any: JSON values
    """Say what was answered, to whom, about what, until when (art. 8(4) items 1 and 3 to 8).

    Item 2, the person's name, stays out: the person holds the receipt, and its copy must not tell who that is.
    """
    purposes = {purpose.code: purpose for purpose in terms.purposes}
    return {
        "profile": PROFILE,
        "id": str(view.id),
        "operator": {
            "slug": operator.slug,
            "name": dict(operator.name),
            "identifier": operator.identifier,
            "identifier_kind": operator.identifier_kind,
        },
        "document": view.document,
        "version": view.version,
        "language": view.language,
        "text_sha256": view.text_sha256,
        "text_kind": str(view.text_kind),
        "given_at": view.given_at.isoformat().replace("+00:00", "Z"),
        "channel": str(view.channel),
        "act": str(view.act),
        "evidence_grade": str(view.evidence_grade),
        "purposes": [
            {
                "code": choice.purpose,
                "name": dict(purposes[choice.purpose].name),
                "clause": list(purposes[choice.purpose].clause),
                "granted": choice.granted,
                "needs_consent": purposes[choice.purpose].needs_consent,
                "expires_on": choice.expires_on.isoformat() if choice.expires_on else None,
            }
            for choice in view.choices
        ],
        "data": [{"code": item.code, "name": dict(item.name), "clause": list(item.clause)} for item in terms.data],
        "recipients": [
            {"code": item.code, "name": dict(item.name), "country": item.country, "clause": list(item.clause)}
            for item in terms.recipients
        ],
        "cross_border": _stated(terms.cross_border.stated),
        "publication": _stated(terms.publication.stated),
        "ledger": _promise(view),
    }


def _promise(view: ConsentView) -> dict[str, str] | None:
    """Say which leaf of the ledger commits to the consent, and by when a signed head will hold it."""
    if view.leaf_input is None:
        return None
    return {
        "leaf_input": view.leaf_input.hex(),
        "promised_by": (view.recorded_at + MERGE_DELAY).isoformat().replace("+00:00", "Z"),
    }


def sign_receipt(receipt: Mapping[str, Any], key: Ed25519PrivateKey) -> str:  # Any: JSON values
    """Return the receipt as a compact JWS."""
    header = {"alg": ALGORITHM, "typ": "consent-receipt+jwt", "kid": key_id(key)}
    return jws.serialize_compact(header, orjson.dumps(dict(receipt)), _jwk(key), algorithms=[ALGORITHM])


def read_receipt(token: str, key: Ed25519PrivateKey) -> dict[str, Any]:  # Any: JSON values
    """Read a receipt that was signed with this key.

    Raises:
        InvalidInputError: It is no receipt, or was altered, or another key signed it.
    """
    try:
        receipt = orjson.loads(jws.deserialize_compact(token, _jwk(key), algorithms=[ALGORITHM]).payload)
    except BadSignatureError as error:
        raise InvalidInputError("The signature is not that of this service: altered, or from elsewhere.") from error
    except (JoseError, ValueError) as error:
        raise InvalidInputError("This is no signed receipt: three parts of text with a dot between them.") from error
    if not isinstance(receipt, dict) or receipt.get("profile") != PROFILE:
        raise InvalidInputError("What was signed is no receipt.")
    return receipt


def public_jwk(key: Ed25519PrivateKey) -> dict[str, Any]:  # Any: a JWK
    """Return the public key by which receipts are checked."""
    public = dict(_jwk(key).as_dict(private=False))
    return public | {"kid": key_id(key), "alg": ALGORITHM, "use": "sig"}


def key_id(key: Ed25519PrivateKey) -> str:
    """Return the id of a key: the head of the SHA-256 of its public half."""
    raw = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return hashlib.sha256(raw).hexdigest()[:16]


def _jwk(key: Ed25519PrivateKey) -> OKPKey:
    return OKPKey.import_key(key)


def _stated(value: object) -> str:
    return str(value).rstrip("_")
