"""The one place where the state of an order changes."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, select, update

from consent_service.erasure.states import MOVES, OrderState
from consent_service.erasure.tables import ErasureOrder
from consent_service.kernel.db import table_of
from consent_service.kernel.errors import ConflictError, NotFoundError
from consent_service.kernel.uow import UnitOfWork

_ORDERS = table_of(ErasureOrder)


def move(
    uow: UnitOfWork,
    to: OrderState,
    *which: ColumnElement[bool],
    **values: Any,  # Any: column values
) -> list[UUID]:
    """Move those orders along an arrow that stand before it, and return which moved: who comes second moves none."""
    before = [state for state, after in MOVES.items() if to in after]
    return list(
        uow.session.scalars(
            update(_ORDERS)
            .where(_ORDERS.c.operator_id == uow.operator_id, _ORDERS.c.state.in_(before), *which)
            .values(state=to, **values)
            .returning(_ORDERS.c.id)
        )
    )


def finish_at_once(
    uow: UnitOfWork,
    order_ids: Sequence[UUID],
    result: Mapping[str, Any],  # Any: JSON values
) -> None:
    """Take orders from scheduled over running to done in one step, in the transaction that carried them out."""
    uow.session.execute(
        update(_ORDERS)
        .where(
            _ORDERS.c.operator_id == uow.operator_id,
            _ORDERS.c.id.in_(order_ids),
            _ORDERS.c.state == OrderState.SCHEDULED,
        )
        .values(
            state=OrderState.DONE,
            attempts=_ORDERS.c.attempts + 1,
            started_at=uow.now,
            done_at=uow.now,
            result=dict(result),
        )
    )


def finish_running(uow: UnitOfWork, results: Mapping[UUID, Mapping[str, Any]]) -> None:  # Any: JSON values
    """Take running orders to done, each with its result, in the transaction that carried them out."""
    uow.session.execute(
        update(_ORDERS)
        .where(
            _ORDERS.c.operator_id == uow.operator_id,
            _ORDERS.c.id == bindparam("of_order"),
            _ORDERS.c.state == OrderState.RUNNING,
        )
        .values(state=OrderState.DONE, done_at=uow.now, claimed_until=None, result=bindparam("came_to")),
        [{"of_order": order_id, "came_to": dict(result)} for order_id, result in results.items()],
        execution_options={"synchronize_session": None},
    )


def not_moved(uow: UnitOfWork, order_id: UUID) -> ConflictError | NotFoundError:
    """Return why an order did not move: it is not there, or it stands elsewhere."""
    state = uow.session.scalar(
        select(_ORDERS.c.state).where(_ORDERS.c.operator_id == uow.operator_id, _ORDERS.c.id == order_id)
    )
    if state is None:
        return NotFoundError("There is no such erasure order.")
    return ConflictError(f"The erasure order is {state}: this step is not possible from there.")
