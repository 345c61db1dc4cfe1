"""Reads: the duties of a case, and what is due, soonest first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from consent_service.duties.states import UNMET, ClockKind, DutyState
from consent_service.duties.tables import ClockEntry, Duty
from consent_service.kernel.db import table_of
from consent_service.kernel.uow import UnitOfWork

_DUTIES = table_of(Duty)


@dataclass(frozen=True, slots=True)
class DutyView:
    """One duty with all that explains its date."""

    id: UUID
    case_kind: str
    case_id: UUID
    subject_id: UUID | None
    code: str
    action: str
    origin: str
    source: Mapping[str, str]
    clause: str | None
    period: str
    settled: bool
    from_at: datetime
    due_on: date
    safe_on: date
    due_at: datetime
    skipped: Sequence[Mapping[str, Any]]  # Any: {on, why: {kk, ru, en}} as stored
    calendar_edition: str
    provisional: bool
    is_binding: bool
    state: DutyState
    met_at: datetime | None


@dataclass(frozen=True, slots=True)
class DueDuty:
    """A duty that binds and is not met, without the person: for reminders and calendars.

    ``redated`` counts how often the dates of its case were put right or recalculated.
    """

    id: UUID
    case_kind: str
    case_id: UUID
    code: str
    source: Mapping[str, str]
    clause: str | None
    settled: bool
    due_on: date
    created_at: datetime
    redated: int


_CLOCK = table_of(ClockEntry)
_REDATED = (
    select(func.count())
    .select_from(_CLOCK)
    .where(
        _CLOCK.c.operator_id == _DUTIES.c.operator_id,
        _CLOCK.c.case_id == _DUTIES.c.case_id,
        _CLOCK.c.kind.in_((ClockKind.CORRECTED, ClockKind.RECALCULATED)),
    )
    .correlate(_DUTIES)
    .scalar_subquery()
)
_DUE = [_REDATED if name == "redated" else _DUTIES.c[name] for name in DueDuty.__dataclass_fields__]
_COLUMNS = [_DUTIES.c[name] for name in DutyView.__dataclass_fields__]


def duties_of(uow: UnitOfWork, case_id: UUID) -> list[DutyView]:
    """Return the duties of a case, the earliest first."""
    return _read(
        uow,
        select(*_COLUMNS)
        .where(_DUTIES.c.operator_id == uow.operator_id, _DUTIES.c.case_id == case_id)
        .order_by(_DUTIES.c.due_at, _DUTIES.c.code),
    )


def first_unmet(uow: UnitOfWork, case_ids: Sequence[UUID]) -> dict[UUID, DutyView]:
    """Return of each case the duty that binds first and is not met."""
    rows = _read(
        uow,
        select(*_COLUMNS)
        .where(
            _DUTIES.c.operator_id == uow.operator_id,
            _DUTIES.c.case_id.in_(case_ids),
            _DUTIES.c.state.in_(UNMET),
            _DUTIES.c.is_binding,
        )
        .order_by(_DUTIES.c.due_at.desc(), _DUTIES.c.code.desc()),
    )
    return {duty.case_id: duty for duty in rows}


def due(
    uow: UnitOfWork,
    *,
    limit: int,
    after: tuple[date, UUID] | None = None,
    states: frozenset[DutyState] = UNMET,
    is_late: bool | None = None,
    due_before: date | None = None,
) -> list[DutyView]:
    """Return unmet duties, soonest first; ``after`` is the day and id of the last one seen.

    ``is_late``: only those that are late, or only those that are not; ``due_before``: only those due before a day.
    """
    query = select(*_COLUMNS).where(_DUTIES.c.operator_id == uow.operator_id, _DUTIES.c.state.in_(states))
    if is_late is not None:
        query = query.where(_DUTIES.c.due_at <= uow.now if is_late else _DUTIES.c.due_at > uow.now)
    if due_before is not None:
        query = query.where(_DUTIES.c.due_on < due_before)
    if after is not None:
        day, last = after
        query = query.where((_DUTIES.c.due_on > day) | ((_DUTIES.c.due_on == day) & (_DUTIES.c.id > last)))
    return _read(uow, query.order_by(_DUTIES.c.due_on, _DUTIES.c.id).limit(limit))


def count_unmet(uow: UnitOfWork, *, due_before: date) -> tuple[int, int]:
    """Return how many duties are late, and how many more are due before a day."""
    late = uow.session.scalar(
        select(func.count())
        .select_from(_DUTIES)
        .where(_DUTIES.c.operator_id == uow.operator_id, _DUTIES.c.state.in_(UNMET), _DUTIES.c.due_at <= uow.now)
    )
    soon = uow.session.scalar(
        select(func.count())
        .select_from(_DUTIES)
        .where(
            _DUTIES.c.operator_id == uow.operator_id,
            _DUTIES.c.state == DutyState.OPEN,
            _DUTIES.c.due_at > uow.now,
            _DUTIES.c.due_on < due_before,
        )
    )
    return late or 0, soon or 0


def binding_until(uow: UnitOfWork, until: date | None, *, limit: int | None = None) -> list[DueDuty]:
    """Return unmet duties that bind and are due by a day (None: all), soonest first."""
    query = select(*_DUE).where(
        _DUTIES.c.operator_id == uow.operator_id, _DUTIES.c.state.in_(UNMET), _DUTIES.c.is_binding
    )
    if until is not None:
        query = query.where(_DUTIES.c.due_on <= until)
    rows = uow.session.execute(query.order_by(_DUTIES.c.due_on, _DUTIES.c.id).limit(limit))
    return [DueDuty(*row) for row in rows]


def duties_by_id(uow: UnitOfWork, ids: Sequence[UUID]) -> list[DueDuty]:
    """Return those of some duties that are not met, soonest first."""
    rows = uow.session.execute(
        select(*_DUE)
        .where(_DUTIES.c.operator_id == uow.operator_id, _DUTIES.c.state.in_(UNMET), _DUTIES.c.id.in_(ids))
        .order_by(_DUTIES.c.due_on, _DUTIES.c.id)
    )
    return [DueDuty(*row) for row in rows]


def _read(uow: UnitOfWork, query: Any) -> list[DutyView]:  # Any: a select over DutyView's columns
    return [DutyView(*row) for row in uow.session.execute(query)]
