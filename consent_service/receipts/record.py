"""What a receipt says: the contents of Law 94-V art. 8(4), in the sections and field names of ISO/IEC TS 27560.

It says nothing of who the person is: the person holds it, and a copy must not tell (item 2 stays with the holder).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from consent_service.consents.queries import ConsentView
from consent_service.ledger.tree import MERGE_DELAY
from consent_service.operators.queries import OperatorName
from consent_service.policies.terms import PurposeTerms, Rule, Stated, Statement, Terms

PROFILE = "kelisim-receipt/2"
JURISDICTION = "KZ"


def build_receipt(
    view: ConsentView,
    terms: Terms,
    operator: OperatorName,
    storage: Mapping[str, Any],  # Any: JSON values
    base_url: str,
) -> dict[str, Any]:  # Any: JSON values
    """Say what was answered, to whom, about what, until when, and how long the data are kept (``storage``)."""
    return {
        "schema_version": PROFILE,
        "record_id": str(view.id),
        "pii_principal_id": str(view.subject_id),
        "pii_processing": _processing(view, terms, operator) | {"storage": storage},
        "party_identification": [
            {
                "party_id": operator.slug,
                "party_role": "pii_controller",
                "party_name": dict(operator.name),
                "party_identifier": operator.identifier,
                "party_identifier_kind": operator.identifier_kind,
            }
        ],
        "event": {
            "event_time": _instant(view.given_at),
            "recorded_at": _instant(view.recorded_at),
            "event_type": str(view.act),
            "event_state": "consent_given" if any(choice.granted for choice in view.choices) else "consent_refused",
            "entity_id": str(view.subject_id),
            "validity": {
                "until": str(terms.validity.until),
                "period": str(terms.validity.period) if terms.validity.period else None,
                "expires_on": view.expires_on.isoformat() if view.expires_on else None,
                "clause": list(terms.validity.clause),
            },
            "evidence_grade": str(view.evidence_grade),
        },
        "ledger": _promise(view),
        "check_url": f"{base_url}/check/{view.id}",
    }


def _processing(view: ConsentView, terms: Terms, operator: OperatorName) -> dict[str, Any]:  # Any: JSON values
    purposes = {purpose.code: purpose for purpose in terms.purposes}
    return {
        "privacy_notice": {
            "document": view.document,
            "title": dict(terms.title),
            "version": view.version,
            "sha256": view.text_sha256,
            "text_kind": str(view.text_kind),
        },
        "language": view.language,
        "jurisdiction": JURISDICTION,
        "pii_controllers": [operator.slug],
        "collection_method": str(view.channel),
        "purposes": [
            _purpose(purposes[choice.purpose])
            | {
                "granted": choice.granted,
                "expires_on": choice.expires_on.isoformat() if choice.expires_on else None,
            }
            for choice in view.choices
        ],
        "pii_information": [
            {"pii_type": item.code, "pii_category": str(item.kind), "name": dict(item.name), **_clause(item)}
            for item in terms.data
        ],
        "recipient_third_parties": [
            {"party_id": item.code, "party_name": dict(item.name), "country": item.country, **_clause(item)}
            for item in terms.recipients
        ],
        "third_parties": _third_parties(terms),
        "cross_border": _said(terms.cross_border),
        "publication": _said(terms.publication),
        "withdrawal_method": [{"channel": str(one.channel), **_clause(one)} for one in terms.withdrawal.channels],
    }


def _purpose(purpose: PurposeTerms) -> dict[str, Any]:  # Any: JSON values
    return {
        "purpose": purpose.code,
        "name": dict(purpose.name),
        "lawful_basis": str(purpose.basis),
        "needs_consent": purpose.needs_consent,
        "pii_information": list(purpose.data),
        "recipient_third_parties": list(purpose.recipients),
        **_clause(purpose),
    }


def _third_parties(terms: Terms) -> Mapping[str, object]:
    if terms.recipients:
        clauses = dict.fromkeys(clause for recipient in terms.recipients for clause in recipient.clause)
        return {"stated": _word(Stated.YES), "clause": list(clauses)}
    return _said(terms.third_parties or Statement(stated=Stated.UNSAID))


def _said(statement: Statement) -> Mapping[str, object]:
    return {"stated": _word(statement.stated), **_clause(statement)}


def _word(stated: Stated) -> str:
    return str(stated).rstrip("_")


def _clause(rule: Rule) -> Mapping[str, Sequence[str]]:
    return {"clause": list(rule.clause)}


def _promise(view: ConsentView) -> dict[str, str] | None:
    """Say which leaf of the ledger commits to the consent, and by when a signed head will hold it."""
    if view.leaf_input is None:
        return None
    return {"leaf_input": view.leaf_input.hex(), "promised_by": _instant(view.recorded_at + MERGE_DELAY)}


def _instant(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
