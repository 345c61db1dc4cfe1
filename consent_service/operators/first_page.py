"""Whether the first steps are still shown to everybody at the operator, or somebody has put them away."""

from datetime import datetime

from sqlalchemy import select, update

from consent_service.kernel.db import table_of
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.service import append, operator_stream
from consent_service.operators.service import lock_operator
from consent_service.operators.tables import Operator

_OPERATORS = table_of(Operator)


def steps_put_away_at(uow: UnitOfWork) -> datetime | None:
    """Return when the first steps were put away; None while they are shown."""
    at: datetime | None = uow.session.scalar(
        select(_OPERATORS.c.steps_put_away_at).where(_OPERATORS.c.id == uow.operator_id)
    )
    return at


def put_steps_away(uow: UnitOfWork, *, away: bool) -> None:
    """Put the first steps away for everybody at the operator, or show them again; doing so twice changes nothing."""
    lock_operator(uow)
    if (steps_put_away_at(uow) is not None) == away:
        return
    uow.session.execute(
        update(_OPERATORS).where(_OPERATORS.c.id == uow.operator_id).values(steps_put_away_at=uow.now if away else None)
    )
    append(uow, EventType.FIRST_STEPS_PUT_AWAY, operator_stream(uow.operator_id), {"away": away})
