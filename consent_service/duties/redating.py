"""Computing dates again: from the clock log, with another edition of the calendar, or from a moment put right.

Nothing moves without an entry in the clock log that says who moved it and why.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import select, tuple_, update

from consent_service.deadlines.editions import keep_edition
from consent_service.deadlines.periods import Period
from consent_service.deadlines.rules import almaty_day
from consent_service.deadlines.service import Deadline, deadline_for
from consent_service.deadlines.working_days import Calendar
from consent_service.duties.clock_log import Entry, log, moments_of
from consent_service.duties.rules import Case
from consent_service.duties.service import date_columns
from consent_service.duties.states import UNMET, ClockKind, DutyState
from consent_service.duties.tables import UNMET_ROWS, Duty
from consent_service.kernel.db import table_of
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.service import append

_DUTIES = table_of(Duty)
_REMEMBERED = 4096  # dates of one calendar: cases of a day share them


@dataclass(frozen=True, slots=True)
class Difference:
    """A duty whose stored date is not the one that is computed now."""

    duty_id: UUID
    case_kind: str
    case_id: UUID
    code: str
    before: date
    after: date
    edition_before: str
    edition_after: str
    counted_from: date


@dataclass(frozen=True, slots=True)
class Page:
    """Some open duties computed again: how many were looked at, which differ, where the next page begins."""

    seen: int
    differences: tuple[Difference, ...]
    last: tuple[UUID, UUID] | None


class Dates:
    """Dates of one calendar, each computed once."""

    def __init__(self, calendar: Calendar) -> None:
        self.calendar = calendar
        self.of = lru_cache(_REMEMBERED)(self._of)

    def _of(self, period: str, from_at: datetime, rolls: bool) -> Deadline:
        return deadline_for(Period.parse(period), from_at, self.calendar, rolls=rolls)


def differing(uow: UnitOfWork, dates: Dates, *, after: tuple[UUID, UUID] | None, limit: int) -> Page:
    """Compute a page of open duties again from their clock logs; memory does not grow with their number.

    Args:
        uow: The unit of work of one operator.
        dates: The calendar to compute with.
        after: Case and id of the last duty of the page before.
        limit: How many duties at most.
    """
    rows = _open_duties(uow, after, limit)
    moments = moments_of(uow, list(dict.fromkeys(row.case_id for row in rows)))
    found = []
    for row in rows:
        from_at = moments.get((row.case_id, row.moment), row.from_at)
        deadline = dates.of(row.period, from_at, row.rolls)
        if deadline.due_on != row.due_on:
            found.append(
                Difference(
                    row.id,
                    row.case_kind,
                    row.case_id,
                    row.code,
                    row.due_on,
                    deadline.due_on,
                    row.calendar_edition,
                    deadline.calendar_edition,
                    almaty_day(from_at),
                )
            )
    last = (rows[-1].case_id, rows[-1].id) if len(rows) == limit else None
    return Page(len(rows), tuple(found), last)


def redate(uow: UnitOfWork, case: Case, calendar: Calendar, *, kind: ClockKind, reason: str) -> list[Difference]:
    """Date the duties of a case again and record it; the caller holds the lock of the case.

    A corrected moment is judged anew for what was met, too; a new calendar touches open duties alone.
    """
    keep_edition(uow, calendar)
    states = UNMET if kind is ClockKind.RECALCULATED else frozenset(DutyState) - {DutyState.CANCELLED}
    rows = uow.session.execute(
        select(_DUTIES).where(
            _DUTIES.c.operator_id == uow.operator_id, _DUTIES.c.case_id == case.id, _DUTIES.c.state.in_(states)
        )
    ).all()
    moments = moments_of(uow, [case.id])
    dates = Dates(calendar)
    moved, differences = [], []
    for row in rows:
        from_at = moments.get((case.id, row.moment), row.from_at)
        deadline = dates.of(row.period, from_at, row.rolls)
        if (deadline.due_at, deadline.calendar_edition, from_at) == (row.due_at, row.calendar_edition, row.from_at):
            continue
        moved.append((row, from_at, deadline))
        if deadline.due_on != row.due_on:
            differences.append(
                Difference(
                    row.id,
                    case.kind,
                    case.id,
                    row.code,
                    row.due_on,
                    deadline.due_on,
                    row.calendar_edition,
                    deadline.calendar_edition,
                    almaty_day(from_at),
                )
            )
    for row, from_at, deadline in moved:
        uow.session.execute(
            update(_DUTIES)
            .where(_DUTIES.c.operator_id == uow.operator_id, _DUTIES.c.id == row.id)
            .values(from_at=from_at, state=_state(row, deadline, uow.now), **date_columns(deadline))
        )
    _bind_earliest(uow, case.id)
    if kind is ClockKind.RECALCULATED and moved:
        entry = Entry(kind, uow.now, reason=reason, facts=_facts(differences))
        log(uow, case.kind, case.id, [entry], subject_id=case.subject_id)
    if differences:
        days = {str(one.duty_id): one.after.isoformat() for one in differences}
        facts = {"case": f"{case.kind}:{case.id}", "days": days, **_facts(differences)}
        append(uow, EventType.DUTIES_REDATED, case.id, facts)
    return differences


def _open_duties(uow: UnitOfWork, after: tuple[UUID, UUID] | None, limit: int) -> Sequence[Any]:  # Any: rows
    query = select(
        _DUTIES.c.id,
        _DUTIES.c.case_kind,
        _DUTIES.c.case_id,
        _DUTIES.c.code,
        _DUTIES.c.period,
        _DUTIES.c.rolls,
        _DUTIES.c.moment,
        _DUTIES.c.from_at,
        _DUTIES.c.due_on,
        _DUTIES.c.calendar_edition,
    ).where(_DUTIES.c.operator_id == uow.operator_id, UNMET_ROWS)
    if after is not None:
        query = query.where(tuple_(_DUTIES.c.case_id, _DUTIES.c.id) > after)
    return uow.session.execute(query.order_by(_DUTIES.c.case_id, _DUTIES.c.id).limit(limit)).all()


def _state(row: Any, deadline: Deadline, now: datetime) -> DutyState:  # Any: a row
    if row.state in UNMET:
        # Late again only by the worker, who records it.
        return DutyState.OPEN if deadline.due_at > now else row.state
    return DutyState.MET if row.met_at <= deadline.due_at else DutyState.MET_LATE


def _bind_earliest(uow: UnitOfWork, case_id: UUID) -> None:
    rows = uow.session.execute(
        select(_DUTIES.c.id, _DUTIES.c.action, _DUTIES.c.due_at, _DUTIES.c.is_binding).where(
            _DUTIES.c.operator_id == uow.operator_id, _DUTIES.c.case_id == case_id
        )
    ).all()
    earliest = _earliest((row.action, row.due_at) for row in rows)
    for row in rows:
        binds = row.due_at == earliest[row.action]
        if binds != row.is_binding:
            uow.session.execute(
                update(_DUTIES)
                .where(_DUTIES.c.operator_id == uow.operator_id, _DUTIES.c.id == row.id)
                .values(is_binding=binds)
            )


def _earliest(pairs: Iterable[tuple[str, datetime]]) -> Mapping[str, datetime]:
    found: dict[str, datetime] = {}
    for action, due_at in pairs:
        found[action] = min(found.get(action, due_at), due_at)
    return found


def _facts(differences: Sequence[Difference]) -> dict[str, Any]:  # Any: JSON values
    return {
        "moved": [
            {"duty": one.code, "before": one.before.isoformat(), "after": one.after.isoformat()} for one in differences
        ],
        "editions": sorted({edition for one in differences for edition in (one.edition_before, one.edition_after)}),
    }
