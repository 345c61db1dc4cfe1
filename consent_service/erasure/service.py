"""Ordering an erasure, moving its day, cancelling it before it starts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from consent_service.erasure.approvals import count_part, open_part, state_of_part, state_of_single
from consent_service.erasure.cancelling import cancel
from consent_service.erasure.moves import not_moved
from consent_service.erasure.queries import NOT_STARTED
from consent_service.erasure.states import Cancelled, Ground, OrderState
from consent_service.erasure.tables import ErasureOrder
from consent_service.kernel.db import insert_many, table_of
from consent_service.kernel.errors import ConflictError, NotFoundError
from consent_service.kernel.ids import new_id
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.service import append_all
from consent_service.webhooks.announcing import Told, announce_all
from consent_service.webhooks.states import Kind

ERASING_ACTIONS = ("destroy", "delete", "depersonalise")  # what an order does is the strictest of them: destroy
_ORDERS = table_of(ErasureOrder)


@dataclass(frozen=True, slots=True)
class OrderErasure:
    """An order: whose data, on what ground of art. 18, when we try, by when it is due, and whether it was demanded.

    ``purposes``: for which the data were held, for those who must be told; none stands for all of them.
    ``reference``: of the document that demands it; ``ordered_by``: who gave the order, where it is not whoever acts.
    """

    subject_id: UUID
    cause_kind: str
    cause_id: UUID
    ground: Ground
    run_after: datetime
    due_on: date
    demanded: bool = False
    purposes: Sequence[UUID] = ()
    reference: str | None = None
    ordered_by: str | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """Orders that belong together and are approved together; ``people``: how many it was announced for."""

    id: UUID
    people: int


def order_erasure(uow: UnitOfWork, command: OrderErasure) -> UUID:
    """Store an order; a second one for the same cause is the first one."""
    known = _known(uow, [command.cause_id]).get(command.cause_id)
    if known is not None:
        return known
    order_id = new_id(uow.now)
    state = state_of_single(uow, order_id, command.ordered_by or str(uow.actor))
    _store(uow, [(order_id, command)], state, None)
    return order_id


def order_batch(uow: UnitOfWork, run: Run, commands: Sequence[OrderErasure]) -> list[UUID]:
    """Store the orders of a run, or of one part of it; returns their ids in the order of the commands.

    Whether a second person must approve is decided with the first part, from the people that the run was announced
    for.  An order that its cause has already stays what it is.

    Raises:
        ConflictError: The run was rejected, or grows beyond what it was announced for.
    """
    known = _known(uow, [command.cause_id for command in commands])
    fresh = [(new_id(uow.now), command) for command in commands if command.cause_id not in known]
    state = state_of_part(uow, run.id, people=run.people, orders=len(fresh))
    _store(uow, fresh, state, run.id)
    ids = known | {command.cause_id: order_id for order_id, command in fresh}
    return [ids[command.cause_id] for command in commands]


def order_as_many(uow: UnitOfWork, run: Run, commands: Sequence[OrderErasure]) -> int:
    """Store the first orders of some, as many as a run has room for; returns how many.  Their causes are new.

    Raises:
        ConflictError: The run was rejected.
    """
    room = open_part(uow, run.id, run.people)
    taken = commands[: room.left]
    if taken:
        count_part(uow, run.id, len(taken))
        _store(uow, [(new_id(uow.now), command) for command in taken], room.state, run.id)
    return len(taken)


def order_replayed(uow: UnitOfWork, commands: Sequence[OrderErasure]) -> dict[UUID, UUID]:
    """Store orders for what was carried out before, and so needs no approval again; returns the new ones by cause."""
    known = _known(uow, [command.cause_id for command in commands])
    fresh = [(new_id(uow.now), command) for command in commands if command.cause_id not in known]
    _store(uow, fresh, OrderState.SCHEDULED, None)
    return {command.cause_id: order_id for order_id, command in fresh}


def order_again(uow: UnitOfWork, order_id: UUID) -> UUID:
    """Order once more what was cancelled: what was owed for it is still owed.

    Raises:
        NotFoundError: There is no such order.
        ConflictError: It was not cancelled, or what it was ordered for has ended.
    """
    order = uow.session.scalar(
        select(ErasureOrder).where(ErasureOrder.operator_id == uow.operator_id, ErasureOrder.id == order_id)
    )
    if order is None:
        raise NotFoundError("There is no such erasure order.")
    if order.state is not OrderState.CANCELLED or order.cancelled is Cancelled.CAUSE_ENDED:
        raise ConflictError("Only an erasure that somebody cancelled or rejected can be ordered again.")
    return order_erasure(
        uow,
        OrderErasure(
            subject_id=order.subject_id,
            cause_kind=order.cause_kind,
            cause_id=order.cause_id,
            ground=order.ground,
            run_after=max(order.run_after, uow.now),
            due_on=order.due_on,
            demanded=order.demanded,
            purposes=[UUID(purpose) for purpose in order.purposes],
            reference=order.reference,
        ),
    )


def redate_order(uow: UnitOfWork, cause_id: UUID, *, run_after: datetime, due_on: date) -> None:
    """Move the order of a cause that has not started to other days; nothing happens where there is none."""
    uow.session.execute(
        update(_ORDERS)
        .where(_ORDERS.c.operator_id == uow.operator_id, _ORDERS.c.cause_id == cause_id, NOT_STARTED)
        .values(run_after=run_after, due_on=due_on)
    )


def cancel_order(uow: UnitOfWork, cause_id: UUID) -> None:
    """Cancel the order of a cause that has ended, if there is one that has not started.

    Raises:
        ConflictError: It has started: what is being erased cannot be brought back.
    """
    cancel(uow, Cancelled.CAUSE_ENDED, _ORDERS.c.cause_id == cause_id)
    started = uow.session.scalar(
        select(_ORDERS.c.id).where(
            _ORDERS.c.operator_id == uow.operator_id,
            _ORDERS.c.cause_id == cause_id,
            _ORDERS.c.state != OrderState.CANCELLED,
        )
    )
    if started is not None:
        raise ConflictError("The erasure has started: it can no longer be taken back.")


def cancel_by_hand(uow: UnitOfWork, order_id: UUID, *, reference: str) -> None:
    """Cancel one order that has not started; what was owed for it stays owed, and it can be ordered again.

    Raises:
        NotFoundError: There is no such order.
        ConflictError: It has started, or is done or cancelled.
    """
    if not cancel(uow, Cancelled.BY_HAND, _ORDERS.c.id == order_id, reference=reference):
        raise not_moved(uow, order_id)


def _known(uow: UnitOfWork, cause_ids: Sequence[UUID]) -> dict[UUID, UUID]:
    rows = uow.session.execute(
        select(_ORDERS.c.cause_id, _ORDERS.c.id).where(
            _ORDERS.c.operator_id == uow.operator_id,
            _ORDERS.c.cause_id.in_(cause_ids),
            _ORDERS.c.state != OrderState.CANCELLED,
        )
    )
    return {row.cause_id: row.id for row in rows}


def _store(
    uow: UnitOfWork, orders: Sequence[tuple[UUID, OrderErasure]], state: OrderState, run_id: UUID | None
) -> None:
    insert_many(uow.session, _ORDERS, [_row(uow, *order, state, run_id) for order in orders])
    append_all(
        uow,
        EventType.ERASURE_ORDERED,
        [
            (
                order_id,
                {
                    "order": str(order_id),
                    "cause": f"{command.cause_kind}:{command.cause_id}",
                    "ground": str(command.ground),
                    "due_on": command.due_on.isoformat(),
                    **({} if run_id is None else {"run": str(run_id)}),
                    **({} if command.reference is None else {"reference": command.reference}),
                },
            )
            for order_id, command in orders
        ],
        begins=True,
    )
    announce_all(
        uow,
        Kind.ERASURE_ORDERED,
        [
            Told(command.subject_id, command.purposes, {"order": order_id, "due_on": command.due_on.isoformat()})
            for order_id, command in orders
        ],
    )


def _row(
    uow: UnitOfWork, order_id: UUID, command: OrderErasure, state: OrderState, run_id: UUID | None
) -> dict[str, Any]:  # Any: column values
    return {
        "operator_id": uow.operator_id,
        "id": order_id,
        "subject_id": command.subject_id,
        "cause_kind": command.cause_kind,
        "cause_id": command.cause_id,
        "ground": command.ground,
        "demanded": command.demanded,
        "purposes": [str(purpose) for purpose in command.purposes],
        "state": state,
        "run_after": command.run_after,
        "due_on": command.due_on,
        "attempts": 0,
        "claimed_until": None,
        "last_error": None,
        "result": None,
        "created_at": uow.now,
        "done_at": None,
        "run_id": run_id,
        "started_at": None,
        "held_by": None,
        "cancelled": None,
        "ordered_by": command.ordered_by or str(uow.actor),
        "reference": command.reference,
    }
