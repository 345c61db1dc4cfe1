"""What a receipt and its record say, held against the event that the ledger keeps of the consent."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from consent_service.consents.queries import leaf_of
from consent_service.consents.verifying import CONSENTS
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.proofs import said_at
from consent_service.ledger.records import UNREADABLE, differences
from consent_service.ledger.service import instant
from consent_service.policies.verifying import VERSIONS


def faults_of_record(uow: UnitOfWork, consent_id: UUID, version_id: UUID) -> list[str]:
    """Return where the record of a consent, or the version it names, is not what the ledger says of it."""
    found = [
        (covered, differences(uow, covered, one)) for covered, one in ((CONSENTS, consent_id), (VERSIONS, version_id))
    ]
    return [f"{covered.name}: {what}" for covered, faults in found for what in faults]


def faults_of_receipt(uow: UnitOfWork, receipt: Mapping[str, Any]) -> list[str]:  # Any: JSON values
    """Return where a receipt does not say what the event said that it names, or where that event is gone unlawfully."""
    promised = receipt["ledger"]
    if promised is None:
        return []
    try:
        consent_id, stream = UUID(receipt["record_id"]), UUID(receipt["pii_principal_id"])
        said = said_at(uow, stream, bytes.fromhex(promised["leaf_input"]))
        if said is None:
            return ["the event that it names is gone, or was altered"]
        if said.is_emptied:
            return []
        told, fixed = _told(receipt), CONSENTS.said(dict(said.facts)) | {"recorded_at": said.at}
        faults = [f"its {name} is not what the event says" for name in told if told[name] != fixed.get(name)]
        if said.facts.get("consent") != receipt["record_id"]:
            faults.append("the event that it names is of another consent")
    except UNREADABLE:
        return ["it cannot be held against its event"]
    if leaf_of(uow, consent_id) is None:
        faults.append("the record is gone, and the ledger does not say that its term was over")
    return faults


def _told(receipt: Mapping[str, Any]) -> dict[str, Any]:  # Any: JSON values
    processing, event = receipt["pii_processing"], receipt["event"]
    notice = processing["privacy_notice"]
    return {
        "document": notice["document"],
        "version": notice["version"],
        "language": processing["language"],
        "text_sha256": notice["sha256"],
        "text_kind": notice["text_kind"],
        "act": event["event_type"],
        "channel": processing["collection_method"],
        "evidence_grade": event["evidence_grade"],
        "given_at": _instant(event["event_time"]),
        "recorded_at": _instant(event["recorded_at"]),
        "answers": sorted([one["purpose"], one["granted"]] for one in processing["purposes"]),
    }


def _instant(text: str) -> str:
    return instant(datetime.fromisoformat(text).astimezone(UTC))
