"""The proof that outlives a person, without the person, until its own term is over.

Basis: the duty to prove consent (Law 94-V art. 25(2)(5)) and the general limitation of 3 years (Civil Code 178).
"""

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from sqlalchemy import delete, select

from consent_service.consents.endings import remove_proof
from consent_service.deadlines.periods import Period, Unit
from consent_service.deadlines.rules import almaty_day, last_day
from consent_service.erasure.holds import is_held
from consent_service.erasure.states import OPEN, OrderState
from consent_service.erasure.tables import ErasedSubject, ErasureOrder
from consent_service.kernel.db import insert_many, table_of
from consent_service.kernel.ids import new_id
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.service import append, expire_openings

_ERASED, _ORDERS = table_of(ErasedSubject), table_of(ErasureOrder)


def keep_proofs(uow: UnitOfWork, key_epochs: Mapping[UUID, int], years: int) -> date:
    """Put the term of proofs on the clock when their people are erased, by the epoch that had wrapped each key.

    Returns the last day of the proofs.
    """
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
    return until


def proof_kept_until(uow: UnitOfWork, subject_id: UUID) -> date | None:
    """Return the last day of the proof of an erased person; None where none is kept."""
    return uow.session.scalar(
        select(_ERASED.c.evidence_until).where(
            _ERASED.c.operator_id == uow.operator_id, _ERASED.c.subject_id == subject_id
        )
    )


def expire_proofs(uow: UnitOfWork, limit: int) -> list[UUID]:
    """Remove the proofs whose term is over; the leaves of the ledger stay and say nothing.  Returns whose.

    What a legal hold covers is kept: whoever contests it needs the proof most of all; and so is what an open order is
    about.
    """
    is_open = select(_ORDERS.c.id).where(
        _ORDERS.c.operator_id == _ERASED.c.operator_id,
        _ORDERS.c.subject_id == _ERASED.c.subject_id,
        _ORDERS.c.state.in_(OPEN),
    )
    over = {
        row.subject_id: row.evidence_until
        for row in uow.session.execute(
            select(_ERASED.c.subject_id, _ERASED.c.evidence_until)
            .where(
                _ERASED.c.operator_id == uow.operator_id,
                _ERASED.c.evidence_until < almaty_day(uow.now),
                ~is_held(uow, _ERASED.c.subject_id),
                ~is_open.exists(),
            )
            .order_by(_ERASED.c.evidence_until)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
    }
    for subject_id, until in over.items():
        remove_proof(uow, subject_id)
        openings = expire_openings(uow, subject_id)
        facts = {
            "leaves": openings,
            "order": str(_erased_by(uow, subject_id)),
            "subject": str(subject_id),
            "evidence_until": until.isoformat(),
        }
        append(uow, EventType.EVIDENCE_EXPIRED, new_id(uow.now), facts)
    subjects = list(over)
    if subjects:
        uow.session.execute(
            delete(_ERASED).where(_ERASED.c.operator_id == uow.operator_id, _ERASED.c.subject_id.in_(subjects))
        )
    return subjects


def _erased_by(uow: UnitOfWork, subject_id: UUID) -> UUID | None:
    """Return the order that erased a person: the first that was done and kept nothing back."""
    done = uow.session.execute(
        select(_ORDERS.c.id, _ORDERS.c.result)
        .where(
            _ORDERS.c.operator_id == uow.operator_id,
            _ORDERS.c.subject_id == subject_id,
            _ORDERS.c.state == OrderState.DONE,
        )
        .order_by(_ORDERS.c.done_at, _ORDERS.c.id)
    )
    return next((row.id for row in done if "read_back" in (row.result or {})), None)
