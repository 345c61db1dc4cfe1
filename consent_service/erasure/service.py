"""Ordering, cancelling, claiming and executing an erasure.  Done is said only after reading back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import insert, select, update

from consent_service.duties.service import meet
from consent_service.erasure.evidence import keep_proof
from consent_service.erasure.queries import why_kept
from consent_service.erasure.states import NOT_STARTED, Ground, OrderState
from consent_service.erasure.tables import ErasureOrder
from consent_service.kernel.db import table_of
from consent_service.kernel.errors import ConflictError, ConsentServiceError
from consent_service.kernel.ids import new_id
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.service import append
from consent_service.subjects.service import count_personal_rows, erase_person, key_epoch_of, lock_by_id
from consent_service.webhooks.announcing import announce, keep_reference
from consent_service.webhooks.states import Kind

LEASE = timedelta(minutes=5)
RETRY_AFTER = timedelta(minutes=5)
ERASING_ACTIONS = ("destroy", "delete", "depersonalise")  # what an order does is the strictest of them: destroy
_ORDERS = table_of(ErasureOrder)


class ErasureIncompleteError(ConsentServiceError):
    """Reading back found rows that were to be gone, or nothing was there to erase."""

    code = "erasure-incomplete"


@dataclass(frozen=True, slots=True)
class OrderErasure:
    """An order: whose data, on what ground of art. 18, when we try, by when it is due, and whether it was demanded.

    ``purposes``: for which the data were held, for those who must be told; none stands for all of them.
    """

    subject_id: UUID
    cause_kind: str
    cause_id: UUID
    ground: Ground
    run_after: datetime
    due_on: date
    demanded: bool = False
    purposes: Sequence[UUID] = ()


def order_erasure(uow: UnitOfWork, command: OrderErasure) -> UUID:
    """Store an order; a second one for the same cause is the first one."""
    known: UUID | None = uow.session.scalar(
        select(_ORDERS.c.id).where(
            _ORDERS.c.operator_id == uow.operator_id,
            _ORDERS.c.cause_id == command.cause_id,
            _ORDERS.c.state != OrderState.CANCELLED,
        )
    )
    if known is not None:
        return known
    order_id = new_id(uow.now)
    uow.session.execute(
        insert(_ORDERS).values(
            operator_id=uow.operator_id,
            id=order_id,
            subject_id=command.subject_id,
            cause_kind=command.cause_kind,
            cause_id=command.cause_id,
            ground=command.ground,
            demanded=command.demanded,
            purposes=[str(purpose) for purpose in command.purposes],
            state=OrderState.SCHEDULED,
            run_after=command.run_after,
            due_on=command.due_on,
            attempts=0,
            claimed_until=None,
            last_error=None,
            result=None,
            created_at=uow.now,
            done_at=None,
        )
    )
    append(
        uow,
        EventType.ERASURE_ORDERED,
        order_id,
        {
            "order": str(order_id),
            "cause": f"{command.cause_kind}:{command.cause_id}",
            "ground": str(command.ground),
            "due_on": command.due_on.isoformat(),
        },
    )
    announce(
        uow,
        Kind.ERASURE_ORDERED,
        command.subject_id,
        command.purposes,
        order=order_id,
        due_on=command.due_on.isoformat(),
    )
    return order_id


def redate_order(uow: UnitOfWork, cause_id: UUID, *, run_after: datetime, due_on: date) -> None:
    """Move the order of a cause that has not started to other days; nothing happens where there is none."""
    uow.session.execute(
        update(_ORDERS)
        .where(
            _ORDERS.c.operator_id == uow.operator_id,
            _ORDERS.c.cause_id == cause_id,
            _ORDERS.c.state.in_(NOT_STARTED),
        )
        .values(run_after=run_after, due_on=due_on)
    )


def cancel_order(uow: UnitOfWork, cause_id: UUID) -> None:
    """Cancel the order of a cause, if there is one that has not started.

    Raises:
        ConflictError: It has started: what is being erased cannot be brought back.
    """
    cancelled = uow.session.execute(
        update(_ORDERS)
        .where(
            _ORDERS.c.operator_id == uow.operator_id,
            _ORDERS.c.cause_id == cause_id,
            _ORDERS.c.state.in_(NOT_STARTED),
        )
        .values(state=OrderState.CANCELLED)
        .returning(_ORDERS.c.id, _ORDERS.c.subject_id)
    ).all()
    for row in cancelled:
        append(uow, EventType.ERASURE_CANCELLED, row.id, {"order": str(row.id)})
        announce(uow, Kind.ERASURE_CANCELLED, row.subject_id, order=row.id)
    started = uow.session.scalar(
        select(_ORDERS.c.id).where(
            _ORDERS.c.operator_id == uow.operator_id,
            _ORDERS.c.cause_id == cause_id,
            _ORDERS.c.state.in_((OrderState.RUNNING, OrderState.FAILED, OrderState.DONE)),
        )
    )
    if started is not None:
        raise ConflictError("The erasure has started: it can no longer be taken back.")


def claim_due(uow: UnitOfWork) -> UUID | None:
    """Claim one due order of the operator for five minutes, or one whose worker died; None when nothing is due."""
    waiting = (_ORDERS.c.state.in_((OrderState.SCHEDULED, OrderState.FAILED))) & (_ORDERS.c.run_after <= uow.now)
    abandoned = (_ORDERS.c.state == OrderState.RUNNING) & (_ORDERS.c.claimed_until <= uow.now)
    row = uow.session.execute(
        select(_ORDERS.c.id, _ORDERS.c.attempts)
        .where(_ORDERS.c.operator_id == uow.operator_id, waiting | abandoned)
        .order_by(_ORDERS.c.due_on, _ORDERS.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).first()
    if row is None:
        return None
    uow.session.execute(
        update(_ORDERS)
        .where(_ORDERS.c.operator_id == uow.operator_id, _ORDERS.c.id == row.id)
        .values(state=OrderState.RUNNING, attempts=row.attempts + 1, claimed_until=uow.now + LEASE, last_error=None)
    )
    return row.id  # type: ignore[no-any-return]  # a result row is untyped


def execute(uow: UnitOfWork, order_id: UUID, *, evidence_years: int) -> None:
    """Erase, read back and certify, in one transaction: either all of it happened or none.

    A person who has another consent in force stays known; the result says so.

    Raises:
        ErasureIncompleteError: Rows are left, or there was nobody to erase and no order that did it.
        ConflictError: The order is not claimed any more.
    """
    order = uow.session.scalar(
        select(ErasureOrder)
        .where(ErasureOrder.operator_id == uow.operator_id, ErasureOrder.id == order_id)
        .with_for_update()
    )
    if order is None or order.state is not OrderState.RUNNING:
        raise ConflictError("This erasure order is not running.")
    person = lock_by_id(uow, order.subject_id)
    result: dict[str, object]
    if person is None:
        result = {"deleted": {}, "already_erased_by": str(_earlier(uow, order))}
    elif kept := why_kept(uow, order.subject_id, demanded=order.demanded):
        result = {"deleted": {}, "kept": kept}
        _announce_done(uow, order, "kept")
    else:
        _announce_done(uow, order, "erased")
        keep_reference(uow, order.subject_id)
        key_epoch = key_epoch_of(uow, order.subject_id)
        deleted = erase_person(uow, order.subject_id)
        left = count_personal_rows(uow, order.subject_id)
        if any(left.values()) or not deleted["subjects"]:
            raise ErasureIncompleteError("Reading back found personal rows that were to be gone.")
        keep_proof(uow, order.subject_id, key_epoch, evidence_years)
        result = {"deleted": deleted, "read_back": left, "key_epoch": key_epoch}
    order.state = OrderState.DONE
    order.result = result
    order.done_at = uow.now
    order.claimed_until = None
    meet(uow, order.cause_id, ERASING_ACTIONS)
    append(
        uow,
        EventType.ERASURE_DONE,
        order_id,
        {"order": str(order_id), "ground": str(order.ground), "result": result},
    )
    uow.session.flush()


def fail(uow: UnitOfWork, order_id: UUID, error: Exception) -> None:
    """Record a failed attempt: the order stays open and is tried again; its day does not move."""
    uow.session.execute(
        update(_ORDERS)
        .where(
            _ORDERS.c.operator_id == uow.operator_id,
            _ORDERS.c.id == order_id,
            _ORDERS.c.state == OrderState.RUNNING,
        )
        .values(
            state=OrderState.FAILED,
            claimed_until=None,
            run_after=uow.now + RETRY_AFTER,
            last_error=type(error).__name__,
        )
    )


def _announce_done(uow: UnitOfWork, order: ErasureOrder, outcome: str) -> None:
    purposes = [UUID(purpose) for purpose in order.purposes]
    announce(uow, Kind.ERASURE_DONE, order.subject_id, purposes, order=order.id, outcome=outcome)


def _earlier(uow: UnitOfWork, order: ErasureOrder) -> UUID:
    earlier: UUID | None = uow.session.scalar(
        select(_ORDERS.c.id)
        .where(
            _ORDERS.c.operator_id == uow.operator_id,
            _ORDERS.c.subject_id == order.subject_id,
            _ORDERS.c.state == OrderState.DONE,
            _ORDERS.c.id != order.id,
        )
        .order_by(_ORDERS.c.done_at.desc())
        .limit(1)
    )
    if earlier is None:
        raise ErasureIncompleteError("There is nobody to erase, and no order that did it: this must be looked into.")
    return earlier
