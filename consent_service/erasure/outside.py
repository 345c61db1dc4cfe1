"""The targets of an order as they stand: which have confirmed, and what somebody has answered for by hand."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update

from consent_service.erasure.claims import resume_at_once
from consent_service.erasure.rules import in_all
from consent_service.erasure.states import OPEN, TargetState
from consent_service.erasure.tables import ErasureOrder, OrderTarget
from consent_service.kernel.db import table_of
from consent_service.kernel.errors import ConflictError, NotFoundError
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.service import append

_TARGETS, _ORDERS = table_of(OrderTarget), table_of(ErasureOrder)
BY_HAND = "by_hand"


def settle_by_hand(uow: UnitOfWork, order_id: UUID, name: str, *, reference: str) -> None:
    """Let somebody answer for a target that has failed, such as one that is no more: the order goes on without it.

    Raises:
        NotFoundError: There is no such order, or it has no such target.
        ConflictError: The target has not failed.
    """
    here = (_TARGETS.c.operator_id == uow.operator_id, _TARGETS.c.order_id == order_id, _TARGETS.c.name == name)
    settled = uow.session.scalar(
        update(_TARGETS)
        .where(*here, _TARGETS.c.state == TargetState.FAILED)
        .values(state=TargetState.CONFIRMED, method=BY_HAND, reference=reference, confirmed_at=uow.now)
        .returning(_TARGETS.c.name)
    )
    if settled is None:
        state = uow.session.scalar(select(_TARGETS.c.state).where(*here))
        if state is None:
            raise NotFoundError("There is no such target in this order.")
        raise ConflictError(f"This target is {state}: only one that has failed is answered for by hand.")
    resume_at_once(uow, order_id)
    facts = {"order": str(order_id), "target": name, "reference": reference}
    append(uow, EventType.ERASURE_TARGET_SETTLED, order_id, facts)


def unconfirmed(uow: UnitOfWork, order_id: UUID, subject_id: UUID) -> list[str]:
    """Return the targets that have not confirmed: of this order, and begun in another open one of the same person."""
    rows = uow.session.execute(
        select(_TARGETS.c.order_id, _TARGETS.c.name, _TARGETS.c.state, _TARGETS.c.found)
        .join(_ORDERS, (_ORDERS.c.operator_id == _TARGETS.c.operator_id) & (_ORDERS.c.id == _TARGETS.c.order_id))
        .where(_ORDERS.c.operator_id == uow.operator_id, _ORDERS.c.subject_id == subject_id, _ORDERS.c.state.in_(OPEN))
    ).all()
    done = {row.name for row in rows if row.order_id == order_id and row.state is TargetState.CONFIRMED}
    return [
        row.name
        for row in rows
        if row.state is not TargetState.CONFIRMED
        and (row.order_id == order_id or (row.found is not None and row.name not in done))
    ]


def confirmed(uow: UnitOfWork, order_id: UUID) -> list[dict[str, Any]]:  # Any: JSON values
    """Return what the targets of an order have confirmed, for its result and its act."""
    return [as_confirmed(row) for row in rows_of(uow, [order_id]) if row.state is TargetState.CONFIRMED]


def as_confirmed(row: Any) -> dict[str, Any]:  # Any: a result row; JSON values
    """Return what one target has confirmed."""
    return {
        "name": row.name,
        "kind": row.kind,
        "method": row.method,
        "erased": in_all(row.erased, row.lost),
        "k": dict(row.k),
        "kept": dict(row.kept),
        "confirmed_at": row.confirmed_at,
        "reference": row.reference,
    }


def forget_unasked(uow: UnitOfWork, order_id: UUID) -> None:
    """Strike targets that nobody had to ask, where the person stays known or was erased before."""
    uow.session.execute(
        delete(_TARGETS).where(
            _TARGETS.c.operator_id == uow.operator_id,
            _TARGETS.c.order_id == order_id,
            _TARGETS.c.state == TargetState.WAITING,
        )
    )


def rows_of(uow: UnitOfWork, order_ids: Sequence[UUID]) -> Sequence[Any]:  # Any: result rows
    """Return the targets of orders as they are kept, in the order in which they are asked."""
    return uow.session.execute(
        select(_TARGETS)
        .where(_TARGETS.c.operator_id == uow.operator_id, _TARGETS.c.order_id.in_(order_ids))
        .order_by(_TARGETS.c.position, _TARGETS.c.name)
    ).all()
