"""Signatures under what is handed out: a JWS in compact form, alg ``Ed25519`` (RFC 9864), typed by what it is."""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from joserfc import jws
from joserfc.errors import BadSignatureError, JoseError
from joserfc.jwk import OKPKey

from consent_service.kernel.signers import raw_public
from consent_service.receipts.faults import ReceiptError, ReceiptFault
from consent_service.receipts.record import PROFILE

ALGORITHM = "Ed25519"


def sign_receipt(receipt: Mapping[str, Any], key: Ed25519PrivateKey) -> str:  # Any: JSON values
    """Return the receipt as a compact JWS."""
    return _sign(receipt, "consent-receipt+jwt", key)


def sign_manifest(manifest: Mapping[str, Any], key: Ed25519PrivateKey) -> str:  # Any: JSON values
    """Return the list of files of a proof pack as a compact JWS."""
    return _sign(manifest, "consent-proof+jwt", key)


def _sign(said: Mapping[str, Any], kind: str, key: Ed25519PrivateKey) -> str:  # Any: JSON values
    header = {"alg": ALGORITHM, "typ": kind, "kid": key_id(key.public_key())}
    return jws.serialize_compact(header, orjson.dumps(dict(said)), _jwk(key), algorithms=[ALGORITHM])


def read_receipt(token: str, keys: Iterable[Ed25519PublicKey]) -> dict[str, Any]:  # Any: JSON values
    """Read a receipt that was signed with one of these keys, the one that it names.

    Raises:
        ReceiptError: It is no receipt, or was altered, or another key signed it.
    """
    known = {key_id(key): key for key in keys}
    try:
        key = known.get(str(jws.extract_compact(token.encode()).headers().get("kid")))
        if key is None:
            raise ReceiptError(ReceiptFault.NOT_OURS)
        receipt = orjson.loads(jws.deserialize_compact(token, _jwk(key), algorithms=[ALGORITHM]).payload)
    except BadSignatureError as error:
        raise ReceiptError(ReceiptFault.NOT_OURS) from error
    except (JoseError, ValueError) as error:
        raise ReceiptError(ReceiptFault.NOT_A_RECEIPT) from error
    if not isinstance(receipt, dict) or receipt.get("schema_version") != PROFILE:
        raise ReceiptError(ReceiptFault.NOT_A_RECEIPT)
    return receipt


def public_jwk(key: Ed25519PublicKey) -> dict[str, Any]:  # Any: a JWK
    """Return a public key by which receipts are checked, as it is published."""
    public = dict(_jwk(key).as_dict(private=False))
    return public | {"kid": key_id(key), "alg": ALGORITHM, "use": "sig"}


def key_id(key: Ed25519PublicKey) -> str:
    """Return the id of a key: the head of its SHA-256."""
    return hashlib.sha256(raw_public(key)).hexdigest()[:16]


def _jwk(key: Ed25519PrivateKey | Ed25519PublicKey) -> OKPKey:
    return OKPKey.import_key(key)
