"""The receipt in the form of the Kantara consent receipt 1.1 (2018), for tools that take no newer one.

That form knows consent given and nothing else, so purposes that were refused are not in it; it is not signed.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from consent_service.operators.queries import OperatorView
from consent_service.receipts.record import JURISDICTION
from consent_service.receipts.words import word

VERSION = "KI-CR-v1.1.0"
_LANGUAGE = "en"  # the form's own words are English
_SENSITIVE = frozenset({"biometric"})


def to_kantara(
    receipt: Mapping[str, Any],  # Any: JSON values
    operator: OperatorView,
    key: Ed25519PublicKey,
) -> dict[str, Any]:  # Any: JSON values
    """Say the same in that form; ``key`` is the one under which the signed receipt is checked."""
    processing, event = receipt["pii_processing"], receipt["event"]
    data = {one["pii_type"]: one for one in processing["pii_information"]}
    sensitive = sorted({one["pii_category"] for one in data.values()} & _SENSITIVE)
    return {
        "version": VERSION,
        "jurisdiction": JURISDICTION,
        "consentTimestamp": int(datetime.fromisoformat(event["event_time"]).timestamp()),
        "collectionMethod": ", ".join(
            (
                word("channel", processing["collection_method"], _LANGUAGE),
                word("act", event["event_type"], _LANGUAGE),
            )
        ),
        "consentReceiptID": receipt["record_id"],
        "publicKey": key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode(),
        "language": processing["language"],
        "piiPrincipalId": receipt["pii_principal_id"],
        "piiControllers": [_controller(operator)],
        "policyUrl": _address(receipt),
        "services": [
            {
                "service": processing["privacy_notice"]["title"][_LANGUAGE],
                "purposes": [_purpose(one, receipt) for one in processing["purposes"] if one["granted"]],
            }
        ],
        "sensitive": bool(sensitive),
        "spiCat": sensitive,
    }


def _address(receipt: Mapping[str, Any]) -> str:  # Any: JSON values
    """Return where this service gives the version that was answered to."""
    notice = receipt["pii_processing"]["privacy_notice"]
    base = receipt["check_url"].removesuffix(f"/check/{receipt['record_id']}")
    return f"{base}/api/v1/documents/{notice['document']}/versions/{notice['version']}"


def _controller(operator: OperatorView) -> dict[str, Any]:  # Any: JSON values
    contacts = operator.contacts
    addresses = [one[_LANGUAGE] for one in contacts.get("post", ())]
    return {
        "piiController": operator.name[_LANGUAGE],
        "contact": operator.name[_LANGUAGE],
        "address": {"streetAddress": "; ".join(addresses), "addressCountry": operator.country},
        "email": contacts.get("email") or "",
        "phone": contacts.get("phone") or "",
    }


def _purpose(purpose: Mapping[str, Any], receipt: Mapping[str, Any]) -> dict[str, Any]:  # Any: JSON values
    processing, until = receipt["pii_processing"], receipt["event"]["validity"]["until"]
    names = {one["party_id"]: one["party_name"][_LANGUAGE] for one in processing["recipient_third_parties"]}
    recipients = [names[code] for code in purpose["recipient_third_parties"] if code in names]
    return {
        "purpose": purpose["name"][_LANGUAGE],
        "purposeCategory": [purpose["purpose"]],
        "consentType": "IMPLICIT" if receipt["event"]["event_type"] == "used" else "EXPLICIT",
        "piiCategory": purpose["pii_information"],
        "primaryPurpose": not purpose["needs_consent"],
        "termination": purpose["expires_on"] or word("until", until, _LANGUAGE),
        "thirdPartyDisclosure": bool(recipients),
        "thirdPartyName": ", ".join(recipients),
    }
