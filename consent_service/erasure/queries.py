"""Reads about erasure orders."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select

from consent_service.erasure.states import NOT_STARTED, Ground, OrderState
from consent_service.erasure.tables import ErasureOrder
from consent_service.kernel.db import table_of
from consent_service.kernel.uow import UnitOfWork

_ORDERS = table_of(ErasureOrder)


@dataclass(frozen=True, slots=True)
class OrderView:
    """An erasure order as shown."""

    id: UUID
    ground: Ground
    state: OrderState
    run_after: datetime
    due_on: date
    attempts: int
    last_error: str | None
    result: Mapping[str, Any] | None  # Any: counts by table, as stored
    done_at: datetime | None


_COLUMNS = [_ORDERS.c[name] for name in OrderView.__dataclass_fields__]


def order_of(uow: UnitOfWork, cause_id: UUID) -> OrderView | None:
    """Return the latest order of a cause."""
    row = uow.session.execute(
        select(*_COLUMNS)
        .where(_ORDERS.c.operator_id == uow.operator_id, _ORDERS.c.cause_id == cause_id)
        .order_by(_ORDERS.c.created_at.desc(), _ORDERS.c.id.desc())
        .limit(1)
    ).first()
    return None if row is None else OrderView(*row)


def orders_of(uow: UnitOfWork, subject_id: UUID) -> list[dict[str, str]]:
    """Return the erasure orders about a person as data, the earliest first."""
    rows = uow.session.execute(
        select(_ORDERS.c.ground, _ORDERS.c.state, _ORDERS.c.due_on)
        .where(_ORDERS.c.operator_id == uow.operator_id, _ORDERS.c.subject_id == subject_id)
        .order_by(_ORDERS.c.created_at)
    )
    return [{"clause": f"94-V {row.ground}", "state": str(row.state), "due_on": row.due_on.isoformat()} for row in rows]


def has_open_order(uow: UnitOfWork, subject_id: UUID, *, later_than: datetime | None = None) -> bool:
    """Say whether an erasure of a person is ordered and not started, ``later_than``: one that is to run later still."""
    query = select(_ORDERS.c.id).where(
        _ORDERS.c.operator_id == uow.operator_id,
        _ORDERS.c.subject_id == subject_id,
        _ORDERS.c.state.in_(NOT_STARTED),
    )
    if later_than is not None:
        query = query.where(_ORDERS.c.run_after > later_than)
    return uow.session.scalar(query.limit(1)) is not None


def has_moved_on(operator_id: Any, cause_id: Any, is_known: Any) -> ColumnElement[bool]:  # Any: columns
    """Return the condition that the order of a cause is done, or under way and its cause does not know it yet."""
    under_way = _ORDERS.c.state.in_((OrderState.RUNNING, OrderState.FAILED)) & ~is_known
    return (
        select(_ORDERS.c.id)
        .where(
            _ORDERS.c.operator_id == operator_id,
            _ORDERS.c.cause_id == cause_id,
            (_ORDERS.c.state == OrderState.DONE) | under_way,
        )
        .exists()
    )
