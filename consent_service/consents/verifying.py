"""Consents against the events that recorded them."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select, true

from consent_service.consents.tables import Consent, ConsentChoice
from consent_service.kernel.db import table_of
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.records import Covered, Fixed, Record
from consent_service.ledger.service import instant
from consent_service.policies.queries import version_by_id

_CHOICES = table_of(ConsentChoice)
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
    return Record(row.id, row.subject_id, fixed)


CONSENTS = Covered(
    "consent",
    table_of(Consent),
    EventType.CONSENT_RECORDED,
    "consent",
    _records,
    _said,
    true(),
    amended={EventType.CONSENT_APPROVED: _approved},
)
