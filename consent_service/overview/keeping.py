"""Keeping what every figure was on a day, so that it can be said whether things get better."""

from collections.abc import Mapping
from datetime import date, timedelta

from sqlalchemy import delete, select

from consent_service.deadlines.rules import almaty_day
from consent_service.deadlines.working_days import Calendar
from consent_service.kernel.db import changed_rows, insert_or_skip, table_of
from consent_service.kernel.uow import UnitOfWork
from consent_service.overview.figures import Figure
from consent_service.overview.measuring import measure
from consent_service.overview.tables import DailyFigure

COMPARED_AFTER = timedelta(days=7)
KEPT = timedelta(days=400)
_DAYS = table_of(DailyFigure)


def keep_figures(uow: UnitOfWork, calendar: Calendar) -> int:
    """Keep the figures of the Almaty day, unless they are kept already; returns how many were written."""
    today = almaty_day(uow.now)
    if _figures_of(uow, today):
        return 0
    rows = [
        {"operator_id": uow.operator_id, "day": today, "figure": figure, "number": number}
        for figure, number in measure(uow, calendar).items()
    ]
    uow.session.execute(insert_or_skip(uow.session, _DAYS).values(rows))
    return len(rows)


def figures_before(uow: UnitOfWork) -> Mapping[Figure, int]:
    """Return what the figures were seven days ago; what was not kept then is left out."""
    return _figures_of(uow, almaty_day(uow.now) - COMPARED_AFTER)


def forget_figures(uow: UnitOfWork, limit: int) -> int:
    """Forget figures of the operator that nobody compares with any more; returns how many."""
    old = (_DAYS.c.operator_id == uow.operator_id, _DAYS.c.day < almaty_day(uow.now) - KEPT)
    days = select(_DAYS.c.day).where(*old).distinct().limit(max(1, limit // len(Figure)))
    return changed_rows(
        uow.session.execute(delete(_DAYS).where(_DAYS.c.operator_id == uow.operator_id, _DAYS.c.day.in_(days)))
    )


def _figures_of(uow: UnitOfWork, on: date) -> Mapping[Figure, int]:
    rows = uow.session.execute(
        select(_DAYS.c.figure, _DAYS.c.number).where(_DAYS.c.operator_id == uow.operator_id, _DAYS.c.day == on)
    )
    return {row.figure: row.number for row in rows}
