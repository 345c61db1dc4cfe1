"""The proof that outlives a person, without the person, until its own term is over.

Basis: the duty to prove consent (Law 94-V art. 25(2)(5)) and the general limitation of 3 years (Civil Code 178).
"""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import delete, select

from consent_service.consents.endings import remove_proof
from consent_service.deadlines.periods import Period, Unit
from consent_service.deadlines.rules import almaty_day, last_day
from consent_service.erasure.holds import is_held
from consent_service.erasure.tables import ErasedSubject
from consent_service.kernel.db import insert_many, table_of
from consent_service.kernel.ids import new_id
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.service import append, expire_openings

_ERASED = table_of(ErasedSubject)


def keep_proof(uow: UnitOfWork, subject_id: UUID, key_epoch: int, years: int) -> None:
    """Put the term of a proof on the clock when its person is erased, whose key an epoch had wrapped."""
    keep_proofs(uow, {subject_id: key_epoch}, years)


def keep_proofs(uow: UnitOfWork, key_epochs: Mapping[UUID, int], years: int) -> None:
    """Put the term of many proofs on the clock, by the epoch that had wrapped the key of each person."""
    until = last_day(Period(years, Unit.YEARS), uow.now, rolls=False).due_on
    insert_many(
        uow.session,
        _ERASED,
        [
            {
                "operator_id": uow.operator_id,
                "subject_id": subject_id,
                "erased_at": uow.now,
                "key_epoch": key_epoch,
                "evidence_until": until,
            }
            for subject_id, key_epoch in key_epochs.items()
        ],
    )


def expire_proofs(uow: UnitOfWork, limit: int) -> list[UUID]:
    """Remove the proofs whose term is over; the leaves of the ledger stay and say nothing.  Returns whose.

    What a legal hold covers is kept: whoever contests it needs the proof most of all.
    """
    subjects = list(
        uow.session.scalars(
            select(_ERASED.c.subject_id)
            .where(
                _ERASED.c.operator_id == uow.operator_id,
                _ERASED.c.evidence_until < almaty_day(uow.now),
                ~is_held(uow, _ERASED.c.subject_id),
            )
            .order_by(_ERASED.c.evidence_until)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
    )
    for subject_id in subjects:
        remove_proof(uow, subject_id)
        openings = expire_openings(uow, subject_id)
        append(uow, EventType.EVIDENCE_EXPIRED, new_id(uow.now), {"leaves": openings})
    if subjects:
        uow.session.execute(
            delete(_ERASED).where(_ERASED.c.operator_id == uow.operator_id, _ERASED.c.subject_id.in_(subjects))
        )
    return subjects
