"""Reads: the duties of a case, and what is due, soonest first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from consent_service.duties.states import UNMET, DutyState
from consent_service.duties.tables import Duty
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


_COLUMNS = [_DUTIES.c[name] for name in DutyView.__dataclass_fields__]


def duties_of(uow: UnitOfWork, case_id: UUID) -> list[DutyView]:
    """Return the duties of a case, the earliest first."""
    return _read(
        uow,
        select(*_COLUMNS)
        .where(_DUTIES.c.operator_id == uow.operator_id, _DUTIES.c.case_id == case_id)
        .order_by(_DUTIES.c.due_at, _DUTIES.c.code),
    )


def due(
    uow: UnitOfWork, *, limit: int, after: tuple[date, UUID] | None = None, states: frozenset[DutyState] = UNMET
) -> list[DutyView]:
    """Return unmet duties, soonest first; ``after`` is the day and id of the last one seen."""
    query = select(*_COLUMNS).where(_DUTIES.c.operator_id == uow.operator_id, _DUTIES.c.state.in_(states))
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


def _read(uow: UnitOfWork, query: Any) -> list[DutyView]:  # Any: a select over DutyView's columns
    return [DutyView(*row) for row in uow.session.execute(query)]
