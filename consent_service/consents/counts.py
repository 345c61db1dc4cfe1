"""How many answers there are: by version and strength of the evidence, by when they were given, by when they end."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select

from consent_service.consents.states import LIVE, EvidenceGrade
from consent_service.consents.tables import Consent, ConsentChoice
from consent_service.kernel.counting import in_spans
from consent_service.kernel.db import table_of
from consent_service.kernel.uow import UnitOfWork
from consent_service.policies.queries import version_by_id

_CONSENTS, _CHOICES = table_of(Consent), table_of(ConsentChoice)


@dataclass(frozen=True, slots=True)
class EvidenceCount:
    """How many consents rest on one version with evidence of one grade, and when the last was given."""

    document: str
    version: str
    grade: EvidenceGrade
    consents: int
    last_at: datetime


def count_evidence(uow: UnitOfWork) -> list[EvidenceCount]:
    """Count the records of consent (Law 94-V art. 25(2)(5)), by document, version and grade."""
    rows = uow.session.execute(
        select(
            _CONSENTS.c.version_id,
            _CONSENTS.c.evidence_grade,
            func.count().label("consents"),
            func.max(_CONSENTS.c.given_at, type_=_CONSENTS.c.given_at.type).label("last_at"),
        )
        .where(_CONSENTS.c.operator_id == uow.operator_id)
        .group_by(_CONSENTS.c.version_id, _CONSENTS.c.evidence_grade)
    ).all()
    found = []
    for row in rows:
        version = version_by_id(uow, row.version_id)
        found.append(EvidenceCount(version.document, version.version, row.evidence_grade, row.consents, row.last_at))
    return sorted(found, key=lambda one: (one.document, one.version, one.grade))


def given_in(uow: UnitOfWork, spans: Sequence[tuple[datetime, datetime]]) -> list[int]:
    """Count the consents given in each of some spans of time."""
    rows = select(_CONSENTS.c.id).where(_CONSENTS.c.operator_id == uow.operator_id)
    return list(uow.session.execute(select(*in_spans(rows, _CONSENTS.c.given_at, spans))).one())


def expiring_in(uow: UnitOfWork, spans: Sequence[tuple[date, date]]) -> list[int]:
    """Count the answers that still stand and whose term ends in each of some spans of days."""
    rows = select(_CHOICES.c.consent_id).where(
        _CHOICES.c.operator_id == uow.operator_id,
        _CHOICES.c.is_current,
        _CHOICES.c.expires_on.is_not(None),
        _CHOICES.c.granted,
        _CHOICES.c.state.in_(LIVE),
    )
    return list(uow.session.execute(select(*in_spans(rows, _CHOICES.c.expires_on, spans))).one())
