"""How many answers there are, by version and by the strength of the evidence: the figures of a report."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from consent_service.consents.states import EvidenceGrade
from consent_service.consents.tables import Consent
from consent_service.kernel.db import table_of
from consent_service.kernel.uow import UnitOfWork
from consent_service.policies.queries import version_by_id

_CONSENTS = table_of(Consent)


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
