"""Consents against the events that recorded them, and the answers that rule against all that changed them since."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from consent_service.consents.ruling import ruling_of
from consent_service.consents.tables import Consent, ConsentChoice
from consent_service.kernel.db import table_of
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.records import Covered, Fixed, Record
from consent_service.ledger.service import instant
from consent_service.policies.queries import version_by_id
from consent_service.subjects.queries import is_person

_CONSENTS, _CHOICES = table_of(Consent), table_of(ConsentChoice)
CHANGE_ANSWERS = (
    EventType.CONSENT_APPROVED,
    EventType.CONSENT_REJECTED,
    EventType.CONSENT_EXPIRED,
    EventType.WITHDRAWAL_RECEIVED,
    EventType.WITHDRAWAL_CORRECTED,
    EventType.WITHDRAWAL_EFFECTIVE,
    EventType.WITHDRAWAL_REFUSED,
    EventType.WITHDRAWAL_RESUMED,
    EventType.WITHDRAWAL_CANCELLED,
    EventType.REQUEST_REFUSED,
    EventType.DATA_BLOCKED,
    EventType.DATA_UNBLOCKED,
    EventType.VIOLATION_CONFIRMED,
    EventType.ANSWERS_ENDED,
    EventType.RETENTION_BLOCKED,
)
_SAID = (
    "document", "version", "language", "text_sha256", "text_kind", "act", "channel", "declarations", "given_at",
    "evidence_grade",
)  # fmt: skip


def _said(facts: Fixed) -> Fixed:
    choices = facts["choices"]
    said = {name: facts.get(name) for name in _SAID}
    said["answers"] = sorted([one["purpose"], one["granted"]] for one in choices)
    if all("expires_on" in one for one in choices):
        said["expires_on"] = {one["purpose"]: one["expires_on"] for one in choices}
    return said


def _approved(said: Fixed, facts: Fixed) -> Fixed:
    """The approval is the acceptance: the terms run from it."""
    if "expires_on" not in facts:
        return {name: value for name, value in said.items() if name != "expires_on"}
    return said | {"expires_on": said.get("expires_on", {}) | facts["expires_on"]}


def _records(uow: UnitOfWork, rows: Sequence[Any]) -> list[Record]:  # Any: rows of consents
    answers: defaultdict[tuple[UUID, UUID], list[Any]] = defaultdict(list)  # Any: rows of answers
    for row in uow.session.execute(
        select(
            _CHOICES.c.consent_id,
            _CHOICES.c.purpose_id,
            _CHOICES.c.subject_id,
            _CHOICES.c.granted,
            _CHOICES.c.expires_on,
        ).where(_CHOICES.c.operator_id == uow.operator_id, _CHOICES.c.consent_id.in_([row.id for row in rows]))
    ):
        answers[row.consent_id, row.subject_id].append(row)
    return [_record(uow, row, answers[row.id, row.subject_id]) for row in rows]


def _record(uow: UnitOfWork, row: Any, answers: Sequence[Any]) -> Record:  # Any: result rows
    version = version_by_id(uow, row.version_id)
    fixed = {
        "document": version.name,
        "version": version.version,
        "language": row.language,
        "text_sha256": row.text_sha256,
        "text_kind": str(row.text_kind),
        "act": str(row.act),
        "channel": str(row.channel),
        "evidence_grade": str(row.evidence_grade),
        "declarations": row.declarations,
        "given_at": instant(row.given_at),
        "answers": sorted([version.codes[one.purpose_id], one.granted] for one in answers),
        "expires_on": {
            version.codes[one.purpose_id]: one.expires_on.isoformat() if one.expires_on else None for one in answers
        },
        "recorded_at": instant(row.recorded_at),
        "leaf_input": row.leaf_input.hex() if row.leaf_input else None,
    }
    return Record(row.id, [row.subject_id], fixed)


CONSENTS = Covered(
    "consent",
    _CONSENTS,
    EventType.CONSENT_RECORDED,
    "consent",
    _records,
    _said,
    amended={EventType.CONSENT_APPROVED: _approved},
)


def people_gone(uow: UnitOfWork) -> set[UUID]:
    """Return everybody whose answers are kept and who is no longer known."""
    known = is_person(uow.operator_id, _CONSENTS.c.subject_id)
    query = select(_CONSENTS.c.subject_id).where(_CONSENTS.c.operator_id == uow.operator_id, ~known)
    return set(uow.session.scalars(query.distinct()))


def _answered(facts: Fixed) -> Fixed:
    return _replaced({"answers": {}}, facts)


def _replaced(said: Fixed, facts: Fixed) -> Fixed:
    """What is answered anew rules, unless a later act was recorded before."""
    if not all("rules" in one for one in facts["choices"]):
        return {}
    fresh = {
        f"{facts['document']}#{one['purpose']}": {
            "consent": facts["consent"],
            "state": one["state"],
            **({"ends_at": one["ends_at"]} if one["ends_at"] else {}),
        }
        for one in facts["choices"]
        if one["rules"]
    }
    return {"answers": said["answers"] | fresh} if "answers" in said else {}


def _told(_said: Fixed, facts: Fixed) -> Fixed:
    """An event that changes answers names all that rule after it; an older one did not, and nothing is known since."""
    return {"answers": facts["answers"]} if isinstance(facts.get("answers"), dict) else {}


def _ruling(uow: UnitOfWork, rows: Sequence[Any]) -> list[Record]:  # Any: rows of answers
    people = sorted({row.subject_id for row in rows})
    rule = ruling_of(uow, people)
    return [Record(one, [one], {"answers": rule.get(one, {})}) for one in people]


ANSWERS = Covered(
    "answers of",
    _CHOICES,
    EventType.CONSENT_RECORDED,
    None,
    _ruling,
    _answered,
    amended={EventType.CONSENT_RECORDED: _replaced} | dict.fromkeys(CHANGE_ANSWERS, _told),
    id_column="subject_id",
)
