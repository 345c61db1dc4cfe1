"""How many erasures are open, late, and stuck at which kind of target; how far a run has come."""

from datetime import date
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from consent_service.erasure.states import OPEN, OrderState, TargetState
from consent_service.erasure.tables import OPEN_OF_RUNS, ErasureOrder, OrderTarget
from consent_service.kernel.db import table_of
from consent_service.kernel.uow import UnitOfWork

_ORDERS, _TARGETS = table_of(ErasureOrder), table_of(OrderTarget)


def open_orders_by_state(session: Session) -> dict[OrderState, int]:
    """Count the open orders in each state; a state in which there is none counts zero."""
    rows = session.execute(
        select(_ORDERS.c.state, func.count().label("orders")).where(_ORDERS.c.state.in_(OPEN)).group_by(_ORDERS.c.state)
    )
    return {**dict.fromkeys(sorted(OPEN), 0), **{row.state: row.orders for row in rows}}


def orders_of_run(uow: UnitOfWork, run_id: UUID) -> dict[OrderState, int]:
    """Count the orders of a run in each state that there are any in."""
    rows = uow.session.execute(
        select(_ORDERS.c.state, func.count().label("orders"))
        .where(_ORDERS.c.operator_id == uow.operator_id, _ORDERS.c.run_id == run_id)
        .group_by(_ORDERS.c.state)
    )
    return {row.state: row.orders for row in rows}


def is_run_open(uow: UnitOfWork, run_id: UUID) -> bool:
    """Say whether any order of a run is neither done nor cancelled."""
    query = select(_ORDERS.c.id).where(
        _ORDERS.c.operator_id == uow.operator_id, _ORDERS.c.run_id == run_id, OPEN_OF_RUNS
    )
    return uow.session.execute(query.limit(1)).first() is not None


def late_orders(session: Session, today: date) -> int:
    """Count the open orders whose day is over."""
    late = select(func.count()).select_from(_ORDERS).where(_ORDERS.c.state.in_(OPEN), _ORDERS.c.due_on < today)
    return session.scalar(late) or 0


def failing_targets(session: Session) -> dict[str, int]:
    """Count the targets that have failed in open orders, by their kind."""
    rows = session.execute(
        select(_TARGETS.c.kind, func.count().label("targets"))
        .join(_ORDERS, (_ORDERS.c.operator_id == _TARGETS.c.operator_id) & (_ORDERS.c.id == _TARGETS.c.order_id))
        .where(_TARGETS.c.state == TargetState.FAILED, _ORDERS.c.state.in_(OPEN))
        .group_by(_TARGETS.c.kind)
    )
    return {row.kind: row.targets for row in rows}
