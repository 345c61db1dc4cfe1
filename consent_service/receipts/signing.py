"""Signatures under what is handed out as proof: receipts, and the lists of files of proof packs."""

from collections.abc import Iterable, Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from consent_service.kernel.jws import Flaw, FlawedError, read, sign
from consent_service.receipts.faults import ReceiptError, ReceiptFault
from consent_service.receipts.record import PROFILE

_RECEIPT, _MANIFEST = "consent-receipt+jwt", "consent-proof+jwt"


def sign_receipt(receipt: Mapping[str, Any], key: Ed25519PrivateKey) -> str:  # Any: JSON values
    """Return the receipt as a compact JWS."""
    return sign(receipt, _RECEIPT, key)


def sign_manifest(manifest: Mapping[str, Any], key: Ed25519PrivateKey) -> str:  # Any: JSON values
    """Return the list of files of a proof pack as a compact JWS."""
    return sign(manifest, _MANIFEST, key)


def read_receipt(token: str, keys: Iterable[Ed25519PublicKey]) -> dict[str, Any]:  # Any: JSON values
    """Read a receipt that was signed with one of these keys, the one that it names.

    Raises:
        ReceiptError: It is no receipt, or was altered, or another key signed it.
    """
    try:
        receipt = read(token, _RECEIPT, keys)
    except FlawedError as error:
        malformed = error.flaw is Flaw.MALFORMED
        raise ReceiptError(ReceiptFault.NOT_A_RECEIPT if malformed else ReceiptFault.NOT_OURS) from error
    if receipt.get("schema_version") != PROFILE:
        raise ReceiptError(ReceiptFault.NOT_A_RECEIPT)
    return receipt
