"""How many duties are due and late, by their code, of all operators; counted to a bound."""

from datetime import date, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from consent_service.duties.states import UNMET
from consent_service.duties.tables import Duty
from consent_service.kernel.db import table_of

_DUTIES = table_of(Duty)
MOST = 10_000
SOON = timedelta(days=3)


def due_by_code(session: Session, today: date) -> dict[str, int]:
    """Count the binding duties that are due today or within three days."""
    return _by_code(session, _DUTIES.c.due_on.between(today, today + SOON))


def late_by_code(session: Session, today: date) -> dict[str, int]:
    """Count the binding duties whose day is over, whether or not they are marked late yet."""
    return _by_code(session, _DUTIES.c.due_on < today)


def _by_code(session: Session, when: ColumnElement[bool]) -> dict[str, int]:
    unmet = select(_DUTIES.c.code).where(_DUTIES.c.state.in_(UNMET), when, _DUTIES.c.is_binding)
    some = unmet.limit(MOST).subquery()
    rows = session.execute(select(some.c.code, func.count().label("duties")).group_by(some.c.code))
    return {row.code: row.duties for row in rows}
