"""The signatures under receipts and proof packs."""

from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from joserfc.errors import BadSignatureError, JoseError

from consent_service.kernel.signing import sign, signed_by
from consent_service.receipts.faults import ReceiptError, ReceiptFault
from consent_service.receipts.record import PROFILE

_RECEIPT, PROOF = "consent-receipt+jwt", "consent-proof+jwt"  # what is signed, so that neither passes for the other


def sign_receipt(receipt: Mapping[str, Any], key: Ed25519PrivateKey) -> str:  # Any: JSON values
    """Return the receipt as a compact JWS."""
    return sign(orjson.dumps(dict(receipt)), _RECEIPT, key)


def read_receipt(token: str, keys: Iterable[Ed25519PublicKey]) -> dict[str, Any]:  # Any: JSON values
    """Read a receipt that was signed with one of these keys, the one that it names.

    Raises:
        ReceiptError: It is no receipt, or was altered, or another key signed it.
    """
    try:
        receipt = orjson.loads(signed_by(token, _RECEIPT, keys))
    except BadSignatureError as error:
        raise ReceiptError(ReceiptFault.NOT_OURS) from error
    except (JoseError, ValueError) as error:
        raise ReceiptError(ReceiptFault.NOT_A_RECEIPT) from error
    if not isinstance(receipt, dict) or receipt.get("schema_version") != PROFILE:
        raise ReceiptError(ReceiptFault.NOT_A_RECEIPT)
    return receipt
