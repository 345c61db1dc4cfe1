"""Reads of the road: the register of orders, one order with its targets, runs that wait for approval, holds."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select

from consent_service.deadlines.rules import almaty_day
from consent_service.erasure.approvals import REASON, approval_of
from consent_service.erasure.certificates import act_name
from consent_service.erasure.holds import Held, held_orders
from consent_service.erasure.queries import WHICH_COUNTS
from consent_service.erasure.rules import in_all
from consent_service.erasure.states import ApprovalState, Cancelled, Ground, OrderState, TargetState
from consent_service.erasure.tables import (
    OPEN_ROWS,
    Approval,
    Certificate,
    ErasedSubject,
    ErasureOrder,
    LegalHold,
    OrderTarget,
)
from consent_service.kernel.cursors import read_cursor, write_cursor
from consent_service.kernel.db import table_of
from consent_service.kernel.errors import NotFoundError
from consent_service.kernel.paging import Order, turn_page
from consent_service.kernel.uow import UnitOfWork
from consent_service.outbox.queries import messages_of
from consent_service.outbox.states import MessageState
from consent_service.subjects.key_epochs import retired_at

_ORDERS, _TARGETS, _ACTS = table_of(ErasureOrder), table_of(OrderTarget), table_of(Certificate)
_HOLDS, _APPROVALS, _ERASED = table_of(LegalHold), table_of(Approval), table_of(ErasedSubject)


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One line of the register."""

    id: UUID
    subject_id: UUID
    cause_kind: str
    cause_id: UUID
    ground: Ground
    state: OrderState
    run_id: UUID | None
    run_after: datetime
    due_on: date
    created_at: datetime
    started_at: datetime | None
    done_at: datetime | None
    is_late: bool
    held: Held | None


@dataclass(frozen=True, slots=True)
class TargetView:
    """Where one place outside stands in an order; ``erased`` is what is gone by all tries, ``k`` of what is left."""

    name: str
    kind: str
    state: TargetState
    attempts: int
    next_try_at: datetime | None
    found: Mapping[str, int] | None
    erased: Mapping[str, int]
    k: Mapping[str, int]
    method: str | None
    last_error: str | None
    confirmed_at: datetime | None
    reference: str | None


@dataclass(frozen=True, slots=True)
class ApprovalView:
    """The approval of a run or of one order."""

    id: UUID
    state: ApprovalState
    people: int
    ordered: int
    requested_by: str
    requested_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class OrderRecord:
    """One order with everything that is known of it; ``told``: where the word to the person stands, if it was owed."""

    line: OrderLine
    attempts: int
    last_error: str | None
    result: Mapping[str, Any] | None  # Any: counts by table, as stored
    ordered_by: str | None
    reference: str | None
    cancelled: Cancelled | None
    copies_closed_at: datetime | None
    act: str | None
    targets: Sequence[TargetView]
    approval: ApprovalView | None
    told: MessageState | None


@dataclass(frozen=True, slots=True)
class HoldView:
    """One hold, in force or lifted."""

    id: UUID
    subject_id: UUID | None
    covers: str | None
    reference: str
    basis: str
    placed_by: str
    placed_at: datetime
    lifted_by: str | None
    lifted_at: datetime | None
    lift_reference: str | None


@dataclass(frozen=True, slots=True)
class OrderFilter:
    """Which orders to list; everything is optional."""

    states: Collection[OrderState] = ()
    subject_id: UUID | None = None
    run_id: UUID | None = None
    late: bool = False
    soonest_first: bool = False  # those that are open, by the day they are due; otherwise the latest order first


_WORKED_OUT = {"is_late", "held"}
_LINE = [_ORDERS.c[name] for name in OrderLine.__dataclass_fields__ if name not in _WORKED_OUT]
_HOLD = [_HOLDS.c[name] for name in HoldView.__dataclass_fields__]


def list_orders(
    uow: UnitOfWork, wanted: OrderFilter, *, limit: int, cursor: str | None
) -> tuple[list[OrderLine], str | None]:
    """Return a page of the register, the latest order first, and the cursor of the next page.

    Raises:
        InvalidInputError: The cursor is not one of ours.
    """
    query = select(*_LINE).where(_ORDERS.c.operator_id == uow.operator_id)
    if wanted.states:
        query = query.where(_ORDERS.c.state.in_(wanted.states))
    if wanted.subject_id is not None:
        query = query.where(_ORDERS.c.subject_id == wanted.subject_id)
    if wanted.run_id is not None:
        query = query.where(_ORDERS.c.run_id == wanted.run_id)
    if wanted.late:
        query = query.where(OPEN_ROWS, _ORDERS.c.due_on < almaty_day(uow.now))
    if wanted.soonest_first:
        query = query.where(OPEN_ROWS)
        order = Order(_ORDERS.c.due_on, _ORDERS.c.id, descending=False)
    else:
        order = Order(_ORDERS.c.created_at, _ORDERS.c.id)
    page, after = turn_page(uow.session, query, order, limit=limit, cursor=cursor)
    held = held_orders(uow, [row.id for row in page])
    return [_line(uow, row, held.get(row.id)) for row in page], after


def past_their_day(uow: UnitOfWork) -> Select[UUID]:
    """Return the orders whose data are still here after the day by which they had to go, for another statement."""
    return select(_ORDERS.c.id).where(
        _ORDERS.c.operator_id == uow.operator_id, OPEN_ROWS, _ORDERS.c.due_on < almaty_day(uow.now)
    )


def order_record(uow: UnitOfWork, order_id: UUID) -> OrderRecord:
    """Return one order with its targets.

    Raises:
        NotFoundError: The operator has none with this id.
    """
    row = uow.session.execute(
        select(
            _ORDERS,
            _ACTS.c.year,
            _ACTS.c.number,
            retired_at(_ERASED.c.key_epoch).label("copies_closed_at"),
        )
        .select_from(_ORDERS)
        .outerjoin(_ACTS, (_ACTS.c.operator_id == _ORDERS.c.operator_id) & (_ACTS.c.order_id == _ORDERS.c.id))
        .outerjoin(
            _ERASED, (_ERASED.c.operator_id == _ORDERS.c.operator_id) & (_ERASED.c.subject_id == _ORDERS.c.subject_id)
        )
        .where(_ORDERS.c.operator_id == uow.operator_id, _ORDERS.c.id == order_id)
    ).first()
    if row is None:
        raise NotFoundError("There is no such erasure order.")
    return OrderRecord(
        line=_line(uow, row, held_orders(uow, [order_id]).get(order_id)),
        attempts=row.attempts,
        last_error=row.last_error,
        result=row.result,
        ordered_by=row.ordered_by,
        reference=row.reference,
        cancelled=row.cancelled,
        copies_closed_at=row.copies_closed_at,
        act=None if row.number is None else act_name(row.year, row.number),
        targets=_targets_of(uow, order_id),
        approval=_approval(uow, approval_of(row.run_id, order_id)),
        told=next((one.state for one in messages_of(uow, [order_id])), None),
    )


def order_of_case(uow: UnitOfWork, case_id: UUID) -> UUID | None:
    """Return the order of a case that counts; None where there is none."""
    found: UUID | None = uow.session.scalar(
        select(_ORDERS.c.id)
        .where(_ORDERS.c.operator_id == uow.operator_id, _ORDERS.c.cause_id == case_id)
        .order_by(*WHICH_COUNTS)
        .limit(1)
    )
    return found


def waiting_approvals(uow: UnitOfWork, limit: int) -> list[ApprovalView]:
    """Return the runs and orders that wait for a second person, the earliest first."""
    waits = (
        select(_ORDERS.c.id)
        .where(
            _ORDERS.c.operator_id == uow.operator_id,
            func.coalesce(_ORDERS.c.run_id, _ORDERS.c.id) == _APPROVALS.c.id,
            _ORDERS.c.state == OrderState.AWAITING_APPROVAL,
        )
        .exists()
    )
    rows = uow.session.execute(
        select(_APPROVALS)
        .where(
            _APPROVALS.c.operator_id == uow.operator_id,
            _APPROVALS.c.state == ApprovalState.AWAITED,
            waits | (_APPROVALS.c.ordered == 0),  # a run that is only announced has no orders yet
        )
        .order_by(_APPROVALS.c.requested_at, _APPROVALS.c.id)
        .limit(limit)
    )
    return [_approval_view(uow, row) for row in rows]


def list_holds(
    uow: UnitOfWork, *, in_force: bool | None, limit: int, cursor: str | None
) -> tuple[list[HoldView], str | None]:
    """Return a page of holds, the latest first, and the cursor of the next page; ``in_force``: None for all.

    Raises:
        InvalidInputError: The cursor is not one of ours.
    """
    query = select(*_HOLD).where(_HOLDS.c.operator_id == uow.operator_id)
    if in_force is not None:
        query = query.where(_HOLDS.c.lifted_at.is_(None) == in_force)
    if cursor is not None:
        at, last = read_cursor(cursor)
        query = query.where((_HOLDS.c.placed_at < at) | ((_HOLDS.c.placed_at == at) & (_HOLDS.c.id < last)))
    rows = uow.session.execute(query.order_by(_HOLDS.c.placed_at.desc(), _HOLDS.c.id.desc()).limit(limit + 1)).all()
    page = [HoldView(*row) for row in rows[:limit]]
    return page, write_cursor(page[-1].placed_at, page[-1].id) if len(rows) > limit else None


def hold_view(uow: UnitOfWork, hold_id: UUID) -> HoldView:
    """Return one hold.

    Raises:
        NotFoundError: The operator has none with this id.
    """
    row = uow.session.execute(
        select(*_HOLD).where(_HOLDS.c.operator_id == uow.operator_id, _HOLDS.c.id == hold_id)
    ).first()
    if row is None:
        raise NotFoundError("There is no such hold.")
    return HoldView(*row)


def _line(uow: UnitOfWork, row: Any, held: Held | None) -> OrderLine:  # Any: a result row
    values = {name: getattr(row, name) for name in OrderLine.__dataclass_fields__ if name not in _WORKED_OUT}
    ended_on = almaty_day(row.done_at or uow.now)
    is_late = row.state is not OrderState.CANCELLED and row.due_on < ended_on
    return OrderLine(**values, is_late=is_late, held=held)


def _targets_of(uow: UnitOfWork, order_id: UUID) -> list[TargetView]:
    rows = uow.session.execute(
        select(_TARGETS)
        .where(_TARGETS.c.operator_id == uow.operator_id, _TARGETS.c.order_id == order_id)
        .order_by(_TARGETS.c.position, _TARGETS.c.name)
    )
    return [
        TargetView(
            name=row.name,
            kind=row.kind,
            state=row.state,
            attempts=row.attempts,
            next_try_at=None if row.state is TargetState.CONFIRMED else row.next_try_at,
            found=row.found,
            erased=in_all(row.erased, row.lost),
            k=row.k,
            method=row.method,
            last_error=row.last_error,
            confirmed_at=row.confirmed_at,
            reference=row.reference,
        )
        for row in rows
    ]


def _approval(uow: UnitOfWork, approval_id: UUID) -> ApprovalView | None:
    row = uow.session.execute(
        select(_APPROVALS).where(_APPROVALS.c.operator_id == uow.operator_id, _APPROVALS.c.id == approval_id)
    ).first()
    return None if row is None else _approval_view(uow, row)


def _approval_view(uow: UnitOfWork, row: Any) -> ApprovalView:  # Any: a result row
    return ApprovalView(
        id=row.id,
        state=row.state,
        people=row.people,
        ordered=row.ordered,
        requested_by=row.requested_by,
        requested_at=row.requested_at,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        reason=None if row.reason_sealed is None else REASON.open(uow, row.reason_sealed, row.id).decode(),
    )
