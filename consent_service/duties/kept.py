"""How many duties were met on time, met late, or are late still, and how many are due on which day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select

from consent_service.duties.states import DutyState
from consent_service.duties.tables import UNMET_ROWS, Duty
from consent_service.kernel.counting import in_spans
from consent_service.kernel.db import table_of
from consent_service.kernel.uow import UnitOfWork

_DUTIES = table_of(Duty)


@dataclass(frozen=True, slots=True)
class Kept:
    """How the duties that were due in each of some spans were kept, span by span."""

    on_time: Sequence[int]
    late: Sequence[int]
    unmet: Sequence[int]  # late and not met yet


def kept_in(uow: UnitOfWork, spans: Sequence[tuple[date, date]]) -> Kept:
    """Count the duties due in each of some spans of days by how they were kept; what is not late yet is left out."""
    mine = select(_DUTIES.c.id).where(_DUTIES.c.operator_id == uow.operator_id)
    kinds = (
        mine.where(_DUTIES.c.state == DutyState.MET),
        mine.where(_DUTIES.c.state == DutyState.MET_LATE),
        mine.where(UNMET_ROWS, _DUTIES.c.due_at <= uow.now),
    )
    parts = [part for rows in kinds for part in in_spans(rows, _DUTIES.c.due_on, spans)]
    found, many = list(uow.session.execute(select(*parts)).one()), len(spans)
    return Kept(found[:many], found[many : 2 * many], found[2 * many :])


def unmet_by_day(uow: UnitOfWork, first: date, before: date) -> Mapping[date, int]:
    """Count the duties that are not met, by the day on which they are due."""
    rows = uow.session.execute(
        select(_DUTIES.c.due_on, func.count())
        .where(
            _DUTIES.c.operator_id == uow.operator_id,
            UNMET_ROWS,
            _DUTIES.c.due_on >= first,
            _DUTIES.c.due_on < before,
        )
        .group_by(_DUTIES.c.due_on)
    )
    return {row.due_on: row[1] for row in rows}
