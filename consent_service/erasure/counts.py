"""How many erasures are open, late, and stuck at which kind of target: of all operators, for the metrics."""

from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from consent_service.erasure.states import OPEN, OrderState, TargetState
from consent_service.erasure.tables import ErasureOrder, OrderTarget
from consent_service.kernel.db import table_of

_ORDERS, _TARGETS = table_of(ErasureOrder), table_of(OrderTarget)


def open_orders_by_state(session: Session) -> dict[OrderState, int]:
    """Count the open orders in each state; a state in which there is none counts zero."""
    rows = session.execute(
        select(_ORDERS.c.state, func.count().label("orders")).where(_ORDERS.c.state.in_(OPEN)).group_by(_ORDERS.c.state)
    )
    return {**dict.fromkeys(sorted(OPEN), 0), **{row.state: row.orders for row in rows}}


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
