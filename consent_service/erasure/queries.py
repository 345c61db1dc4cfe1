"""Reads about erasure orders."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from consent_service.erasure.states import Ground, OrderState
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


@dataclass(frozen=True, slots=True)
class OrderScope:
    """Whom and what an order concerns, for those who must be told of it; ``purposes`` are ids."""

    id: UUID
    subject_id: UUID
    state: OrderState
    purposes: Sequence[str]
    run_after: datetime


@dataclass(frozen=True, slots=True)
class DoneOrder:
    """One erasure that was carried out: a line of the register of destruction."""

    id: UUID
    subject_id: UUID
    cause_kind: str
    ground: Ground
    due_on: date
    done_at: datetime
    result: Mapping[str, Any]  # Any: counts by table, as stored


OPEN = (OrderState.SCHEDULED, OrderState.AWAITING_APPROVAL, OrderState.HELD, OrderState.RUNNING, OrderState.FAILED)
_SCOPE = [_ORDERS.c[name] for name in OrderScope.__dataclass_fields__]
_DONE = [_ORDERS.c[name] for name in DoneOrder.__dataclass_fields__]
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


def order_scope(uow: UnitOfWork, order_id: UUID) -> OrderScope | None:
    """Return whom and what an order concerns."""
    row = uow.session.execute(
        select(*_SCOPE).where(_ORDERS.c.operator_id == uow.operator_id, _ORDERS.c.id == order_id)
    ).first()
    return None if row is None else OrderScope(*row)


def open_orders(
    uow: UnitOfWork, *, subject_id: UUID | None = None, after: UUID | None = None, limit: int | None = None
) -> list[OrderScope]:
    """Return orders that are not done, by id: of one person, or a page of all."""
    query = select(*_SCOPE).where(_ORDERS.c.operator_id == uow.operator_id, _ORDERS.c.state.in_(OPEN))
    if subject_id is not None:
        query = query.where(_ORDERS.c.subject_id == subject_id)
    if after is not None:
        query = query.where(_ORDERS.c.id > after)
    return [OrderScope(*row) for row in uow.session.execute(query.order_by(_ORDERS.c.id).limit(limit))]


def cancelled_among(uow: UnitOfWork, order_ids: Sequence[UUID]) -> list[UUID]:
    """Return those of the orders that were cancelled."""
    return list(
        uow.session.scalars(
            select(_ORDERS.c.id).where(
                _ORDERS.c.operator_id == uow.operator_id,
                _ORDERS.c.id.in_(order_ids),
                _ORDERS.c.state == OrderState.CANCELLED,
            )
        )
    )


def done_orders(uow: UnitOfWork, *, limit: int) -> list[DoneOrder]:
    """Return the latest erasures that were carried out."""
    rows = uow.session.execute(
        select(*_DONE)
        .where(_ORDERS.c.operator_id == uow.operator_id, _ORDERS.c.state == OrderState.DONE)
        .order_by(_ORDERS.c.done_at.desc(), _ORDERS.c.id)
        .limit(limit)
    )
    return [DoneOrder(*row) for row in rows]
