"""Owing, meeting, cancelling duties; marking what is late."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Update, case, delete, insert, literal, select, update

from consent_service.deadlines.editions import keep_edition
from consent_service.deadlines.service import Deadline, deadline_for
from consent_service.deadlines.working_days import Calendar
from consent_service.duties.clock_log import Entry, log
from consent_service.duties.rules import Case, DutySpec
from consent_service.duties.states import UNMET, ClockKind, DutyState
from consent_service.duties.tables import ClockEntry, Duty
from consent_service.kernel.db import table_of
from consent_service.kernel.ids import new_id
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.service import append

_DUTIES = table_of(Duty)


def owe(uow: UnitOfWork, of: Case, specs: Sequence[DutySpec], calendar: Calendar) -> list[Deadline]:
    """Date and store the duties of a case; for one and the same action the earliest binds.

    The moments that they are counted from go into the clock log of the case.
    """
    if not specs:
        return []
    keep_edition(uow, calendar)
    started = {spec.moment: spec.from_at for spec in specs}
    log(uow, of.kind, of.id, [Entry(ClockKind.STARTED, at, moment) for moment, at in started.items()])
    dated = [(spec, deadline_for(spec.period, spec.from_at, calendar, rolls=spec.rolls)) for spec in specs]
    earliest: dict[str, datetime] = {}
    for spec, deadline in dated:
        earliest[spec.action] = min(earliest.get(spec.action, deadline.due_at), deadline.due_at)
    rows = [
        {
            "operator_id": uow.operator_id,
            "id": new_id(uow.now),
            "case_kind": of.kind,
            "case_id": of.id,
            "subject_id": of.subject_id,
            "code": spec.code,
            "action": spec.action,
            "origin": spec.origin,
            "source": dict(spec.source),
            "clause": spec.clause,
            "period": str(spec.period),
            "rolls": spec.rolls,
            "settled": spec.settled,
            "moment": spec.moment,
            "from_at": spec.from_at,
            "catalogue_edition": spec.catalogue_edition,
            "is_binding": deadline.due_at == earliest[spec.action],
            "state": DutyState.OPEN,
            "met_at": None,
            "created_at": uow.now,
            **date_columns(deadline),
        }
        for spec, deadline in dated
    ]
    uow.session.execute(insert(_DUTIES), rows)
    owed = {str(row["id"]): {"duty": row["code"], "due_on": row["due_on"].isoformat()} for row in rows}
    append(uow, EventType.DUTIES_OWED, of.subject_id or of.id, {"case": f"{of.kind}:{of.id}", "duties": owed})
    return [deadline for _, deadline in dated]


def date_columns(deadline: Deadline) -> dict[str, Any]:  # Any: column values
    """Return the columns of a duty that its date fills."""
    return {
        "due_on": deadline.due_on,
        "safe_on": deadline.safe_on,
        "due_at": deadline.due_at,
        "skipped": [{"on": day.on.isoformat(), "why": dict(day.why)} for day in deadline.skipped],
        "calendar_edition": deadline.calendar_edition,
        "provisional": deadline.provisional,
    }


def meet(uow: UnitOfWork, case_id: UUID, actions: Iterable[str], *, at: datetime | None = None) -> None:
    """Mark the duties of a case for some actions as met; ``met_late`` when the day was over."""
    meet_all(uow, [case_id], actions, at=at)


def meet_all(
    uow: UnitOfWork, case_ids: Collection[UUID], actions: Iterable[str], *, at: datetime | None = None
) -> None:
    """Mark the duties of some cases for some actions as met, as ``meet`` does for one."""
    met_at = at or uow.now
    in_time = literal(met_at, _DUTIES.c.due_at.type) <= _DUTIES.c.due_at
    uow.session.execute(
        _unmet(uow, case_ids, actions).values(
            state=case((in_time, DutyState.MET.value), else_=DutyState.MET_LATE.value), met_at=met_at
        )
    )


def cancel(uow: UnitOfWork, case_id: UUID, actions: Iterable[str] | None = None) -> None:
    """Cancel the unmet duties of a case, all of them or those for some actions."""
    uow.session.execute(_unmet(uow, [case_id], actions).values(state=DutyState.CANCELLED))


def reopen(
    uow: UnitOfWork, case_id: UUID, actions: Iterable[str], *, after: Iterable[DutyState] = (DutyState.CANCELLED,)
) -> None:
    """Owe again what was cancelled or thought met: its day has not moved, so it may be late at once."""
    over = _DUTIES.c.due_at <= literal(uow.now, _DUTIES.c.due_at.type)
    uow.session.execute(
        update(_DUTIES)
        .where(
            _DUTIES.c.operator_id == uow.operator_id,
            _DUTIES.c.case_id == case_id,
            _DUTIES.c.state.in_(list(after)),
            _DUTIES.c.action.in_(list(actions)),
        )
        .values(state=case((over, DutyState.LATE.value), else_=DutyState.OPEN.value), met_at=None)
    )


def forget_cases(uow: UnitOfWork, subject_ids: Sequence[UUID]) -> None:
    """Delete the duties of people whose evidence term is over, and the clock logs of their cases."""
    theirs = (_DUTIES.c.operator_id == uow.operator_id, _DUTIES.c.subject_id.in_(subject_ids))
    entries = table_of(ClockEntry)
    uow.session.execute(
        delete(entries).where(
            entries.c.operator_id == uow.operator_id, entries.c.case_id.in_(select(_DUTIES.c.case_id).where(*theirs))
        )
    )
    uow.session.execute(delete(_DUTIES).where(*theirs))


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
        append(
            uow,
            EventType.DUTY_LATE,
            row.id,
            {"duty": row.code, "case": f"{row.case_kind}:{row.case_id}", "due_on": row.due_on.isoformat()},
        )
    if rows:
        uow.session.execute(
            update(_DUTIES)
            .where(_DUTIES.c.operator_id == uow.operator_id, _DUTIES.c.id.in_([row.id for row in rows]))
            .values(state=DutyState.LATE)
        )
    return len(rows)


def _unmet(uow: UnitOfWork, case_ids: Collection[UUID], actions: Iterable[str] | None) -> Update:
    query = update(_DUTIES).where(
        _DUTIES.c.operator_id == uow.operator_id, _DUTIES.c.case_id.in_(case_ids), _DUTIES.c.state.in_(UNMET)
    )
    return query if actions is None else query.where(_DUTIES.c.action.in_(list(actions)))
