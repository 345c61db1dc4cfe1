"""Reads: the duties of a case, and what is due, soonest first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select

from consent_service.deadlines.rules import almaty_day
from consent_service.duties.states import UNMET, ClockKind, DutyState
from consent_service.duties.tables import UNMET_ROWS, ClockEntry, Duty
from consent_service.kernel.db import table_of
from consent_service.kernel.paging import Order, turn_page
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
    owner_id: UUID | None


@dataclass(frozen=True, slots=True)
class BindingDuty:
    """A duty that binds and is not met, without the person: for reminders and calendars.

    ``redated`` counts how often the dates of its case were put right or recalculated, ``changed_at`` is when last.
    """

    id: UUID
    case_kind: str
    case_id: UUID
    code: str
    source: Mapping[str, str]
    settled: bool
    due_on: date
    due_at: datetime
    provisional: bool
    redated: int
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Tally:
    """How many binding duties are open at all, late, due today, due to the end of a week, and new."""

    open: int
    late: int
    today: int
    week: int
    new: int


_CLOCK = table_of(ClockEntry)
_REDATING = (
    _CLOCK.c.operator_id == _DUTIES.c.operator_id,
    _CLOCK.c.case_id == _DUTIES.c.case_id,
    _CLOCK.c.kind.in_((ClockKind.CORRECTED, ClockKind.RECALCULATED)),
)
_OF_CASES = {
    "redated": select(func.count()).select_from(_CLOCK).where(*_REDATING).correlate(_DUTIES).scalar_subquery(),
    "changed_at": func.coalesce(
        select(func.max(_CLOCK.c.recorded_at)).where(*_REDATING).correlate(_DUTIES).scalar_subquery(),
        _DUTIES.c.created_at,
    ),
}
_BINDING = [_OF_CASES[name] if name in _OF_CASES else _DUTIES.c[name] for name in BindingDuty.__dataclass_fields__]
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


def duties_given_to(uow: UnitOfWork, staff_id: UUID, *, limit: int) -> list[DutyView]:
    """Return the unmet duties that were given to somebody by themselves, the soonest first."""
    mine = (_DUTIES.c.operator_id == uow.operator_id, _DUTIES.c.owner_id == staff_id, _DUTIES.c.state.in_(UNMET))
    return _read(uow, select(*_COLUMNS).where(*mine).order_by(_DUTIES.c.due_on, _DUTIES.c.id).limit(limit))


@dataclass(frozen=True, slots=True)
class DutyFilter:
    """Which duties to list: those not met, unless a state is given.

    ``is_late``: only those that are late, or only those that are not; ``due_from``, ``due_before``: only those due
    from a day on, before a day.
    """

    state: DutyState | None = None
    is_late: bool | None = None
    due_from: date | None = None
    due_before: date | None = None
    case_kind: str | None = None


def list_duties(
    uow: UnitOfWork, wanted: DutyFilter, *, limit: int, cursor: str | None = None, soonest_first: bool = True
) -> tuple[list[DutyView], str | None]:
    """Return a page of duties by the day they are due, and the cursor of the next page.

    Raises:
        InvalidInputError: The cursor is not one of ours.
    """
    query = select(*_COLUMNS).where(_DUTIES.c.operator_id == uow.operator_id)
    query = query.where(UNMET_ROWS if wanted.state is None else _DUTIES.c.state == wanted.state)
    if wanted.is_late is not None:
        query = query.where(_DUTIES.c.due_at <= uow.now if wanted.is_late else _DUTIES.c.due_at > uow.now)
    if wanted.is_late:
        query = query.where(_DUTIES.c.due_on <= almaty_day(uow.now))
    if wanted.due_from is not None:
        query = query.where(_DUTIES.c.due_on >= wanted.due_from)
    if wanted.due_before is not None:
        query = query.where(_DUTIES.c.due_on < wanted.due_before)
    if wanted.case_kind is not None:
        query = query.where(_DUTIES.c.case_kind == wanted.case_kind)
    order = Order(_DUTIES.c.due_on, _DUTIES.c.id, descending=not soonest_first)
    rows, after = turn_page(uow.session, query, order, limit=limit, cursor=cursor)
    return [DutyView(*row) for row in rows], after


def late(uow: UnitOfWork) -> Select[UUID]:
    """Return the duties whose day is over, as part of another statement."""
    return _unmet(uow).where(_DUTIES.c.due_at <= uow.now, _DUTIES.c.due_on <= almaty_day(uow.now))


def soon(uow: UnitOfWork, due_before: date) -> Select[UUID]:
    """Return the duties that are not late and due before a day, as part of another statement."""
    return _unmet(uow).where(_DUTIES.c.due_at > uow.now, _DUTIES.c.due_on < due_before)


def _unmet(uow: UnitOfWork) -> Select[UUID]:
    return select(_DUTIES.c.id).where(_DUTIES.c.operator_id == uow.operator_id, UNMET_ROWS)


def binding(
    uow: UnitOfWork, *, limit: int, until: date | None = None, after: BindingDuty | None = None
) -> list[BindingDuty]:
    """Return unmet duties that bind, due by a day (None: all), soonest first; ``after`` is the last one seen."""
    query = select(*_BINDING).where(*_binds(uow))
    if until is not None:
        query = query.where(_DUTIES.c.due_on <= until)
    if after is not None:
        query = query.where(
            (_DUTIES.c.due_on > after.due_on) | ((_DUTIES.c.due_on == after.due_on) & (_DUTIES.c.id > after.id))
        )
    return [BindingDuty(*row) for row in uow.session.execute(_soonest_first(query).limit(limit))]


def still_binding(uow: UnitOfWork, ids: Sequence[UUID]) -> list[BindingDuty]:
    """Return those of some duties that still bind and are not met, soonest first."""
    rows = uow.session.execute(_soonest_first(select(*_BINDING).where(*_binds(uow), _DUTIES.c.id.in_(ids))))
    return [BindingDuty(*row) for row in rows]


def tally(uow: UnitOfWork, *, today: date, week_ends_on: date, since: datetime) -> Tally:
    """Count unmet duties that bind: what is late now as late alone, what is due today in the week as well."""
    is_late = _DUTIES.c.due_at <= uow.now
    row = uow.session.execute(
        select(
            func.count(),
            func.count().filter(is_late),
            func.count().filter(~is_late, _DUTIES.c.due_on == today),
            func.count().filter(~is_late, _DUTIES.c.due_on <= week_ends_on),
            func.count().filter(_DUTIES.c.created_at > since),
        ).where(*_binds(uow))
    ).one()
    return Tally(*row)


def _binds(uow: UnitOfWork) -> tuple[ColumnElement[bool], ...]:
    return (_DUTIES.c.operator_id == uow.operator_id, _DUTIES.c.state.in_(UNMET), _DUTIES.c.is_binding)


def _soonest_first(query: Any) -> Any:  # Any: a select over BindingDuty's columns
    return query.order_by(_DUTIES.c.due_on, _DUTIES.c.id)


def _read(uow: UnitOfWork, query: Any) -> list[DutyView]:  # Any: a select over DutyView's columns
    return [DutyView(*row) for row in uow.session.execute(query)]
