"""The course of many people's withdrawals, for whoever must know how long their data may be kept."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select

from consent_service.kernel.db import table_of
from consent_service.kernel.uow import UnitOfWork
from consent_service.withdrawals.states import TAKEN_BACK_FROM, Matter, WithdrawalState
from consent_service.withdrawals.tables import Withdrawal

_WITHDRAWALS = table_of(Withdrawal)
_OFF = (WithdrawalState.CANCELLED, WithdrawalState.REFUSED)


@dataclass(frozen=True, slots=True)
class WithdrawalCourse:
    """From when a document counts a withdrawal, and until when it may be taken back; None where it may not."""

    counted_from: datetime
    take_back_until: date | None


def courses_of(uow: UnitOfWork, subject_ids: Collection[UUID]) -> dict[tuple[UUID, UUID], WithdrawalCourse]:
    """Return the latest withdrawal of consent that counts, by person and document."""
    rows = uow.session.execute(
        select(
            _WITHDRAWALS.c.subject_id,
            _WITHDRAWALS.c.document_id,
            _WITHDRAWALS.c.state,
            _WITHDRAWALS.c.received_at,
            _WITHDRAWALS.c.resumed_at,
            _WITHDRAWALS.c.cancellable_until,
        )
        .where(
            _WITHDRAWALS.c.operator_id == uow.operator_id,
            _WITHDRAWALS.c.subject_id.in_(subject_ids),
            _WITHDRAWALS.c.matter == Matter.CONSENT,
            _WITHDRAWALS.c.state.not_in(_OFF),
        )
        .order_by(_WITHDRAWALS.c.received_at)
    )
    return {
        (row.subject_id, row.document_id): WithdrawalCourse(
            row.resumed_at or row.received_at, row.cancellable_until if row.state in TAKEN_BACK_FROM else None
        )
        for row in rows
    }
