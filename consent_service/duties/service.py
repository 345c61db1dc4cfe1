"""Owing, meeting, cancelling duties; marking what is late."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Update, insert, select, update

from consent_service.deadlines.service import Deadline, deadline_for
from consent_service.deadlines.working_days import Calendar
from consent_service.duties.rules import Case, DutySpec
from consent_service.duties.states import UNMET, DutyState
from consent_service.duties.tables import Duty
from consent_service.kernel.db import table_of
from consent_service.kernel.ids import new_id
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.service import append

_DUTIES = table_of(Duty)


def owe(uow: UnitOfWork, case: Case, specs: Sequence[DutySpec], calendar: Calendar) -> list[Deadline]:
    """Date and store the duties of a case; for one and the same action the earliest binds."""
    dated = [(spec, deadline_for(spec.period, spec.from_at, calendar, rolls=spec.rolls)) for spec in specs]
    earliest: dict[str, datetime] = {}
    for spec, deadline in dated:
        earliest[spec.action] = min(earliest.get(spec.action, deadline.due_at), deadline.due_at)
    rows = [
        {
            "operator_id": uow.operator_id,
            "id": new_id(uow.now),
            "case_kind": case.kind,
            "case_id": case.id,
            "subject_id": case.subject_id,
            "code": spec.code,
            "action": spec.action,
            "origin": spec.origin,
            "source": dict(spec.source),
            "clause": spec.clause,
            "period": str(spec.period),
            "settled": spec.settled,
            "from_at": spec.from_at,
            "due_on": deadline.due_on,
            "safe_on": deadline.safe_on,
            "due_at": deadline.due_at,
            "skipped": [{"on": day.on.isoformat(), "why": dict(day.why)} for day in deadline.skipped],
            "calendar_edition": deadline.calendar_edition,
            "catalogue_edition": spec.catalogue_edition,
            "provisional": deadline.provisional,
            "is_binding": deadline.due_at == earliest[spec.action],
            "state": DutyState.OPEN,
            "met_at": None,
            "created_at": uow.now,
        }
        for spec, deadline in dated
    ]
    if rows:
        uow.session.execute(insert(_DUTIES), rows)
    return [deadline for _, deadline in dated]


def meet(uow: UnitOfWork, case_id: UUID, actions: Iterable[str], *, at: datetime | None = None) -> None:
    """Mark the duties of a case for some actions as met; ``met_late`` when the day was over."""
    met_at = at or uow.now
    for duty in _unmet(uow, case_id, actions):
        state = DutyState.MET if met_at < duty.due_at else DutyState.MET_LATE
        uow.session.execute(_one(uow, duty.id).values(state=state, met_at=met_at))


def cancel(uow: UnitOfWork, case_id: UUID, actions: Iterable[str] | None = None) -> None:
    """Cancel the unmet duties of a case, all of them or those for some actions."""
    for duty in _unmet(uow, case_id, actions):
        uow.session.execute(_one(uow, duty.id).values(state=DutyState.CANCELLED, met_at=None))


def mark_late(uow: UnitOfWork, limit: int) -> int:
    """Mark open duties of the operator whose day is over; returns how many.  Late is late, whatever the work does."""
    rows = uow.session.execute(
        select(
            _DUTIES.c.id, _DUTIES.c.case_id, _DUTIES.c.case_kind, _DUTIES.c.code, _DUTIES.c.subject_id, _DUTIES.c.due_on
        )
        .where(
            _DUTIES.c.operator_id == uow.operator_id,
            _DUTIES.c.state == DutyState.OPEN,
            _DUTIES.c.due_at <= uow.now,
        )
        .order_by(_DUTIES.c.due_on, _DUTIES.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    for row in rows:
        uow.session.execute(_one(uow, row.id).values(state=DutyState.LATE))
        append(
            uow,
            EventType.DUTY_LATE,
            row.id,
            {"duty": row.code, "case": f"{row.case_kind}:{row.case_id}", "due_on": row.due_on.isoformat()},
        )
    return len(rows)


def _unmet(uow: UnitOfWork, case_id: UUID, actions: Iterable[str] | None) -> Sequence[Duty]:
    query = select(Duty).where(Duty.operator_id == uow.operator_id, Duty.case_id == case_id, Duty.state.in_(UNMET))
    if actions is not None:
        query = query.where(Duty.action.in_(list(actions)))
    return uow.session.scalars(query).all()


def _one(uow: UnitOfWork, duty_id: UUID) -> Update:
    return update(_DUTIES).where(_DUTIES.c.operator_id == uow.operator_id, _DUTIES.c.id == duty_id)
