"""Reads about erasure orders."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, exists, func, literal, select

from consent_service.consents.queries import stands
from consent_service.erasure.holds import Held, why_held
from consent_service.erasure.states import OPEN, Cancelled, Ground, OrderState
from consent_service.erasure.tables import ErasedSubject, ErasureOrder, OrderTarget
from consent_service.kernel.db import table_of
from consent_service.kernel.paging import Order, turn_page
from consent_service.kernel.uow import UnitOfWork
from consent_service.subjects.key_epochs import retired_at

_ORDERS, _ERASED, _TARGETS = table_of(ErasureOrder), table_of(ErasedSubject), table_of(OrderTarget)


@dataclass(frozen=True, slots=True)
class OrderView:
    """An erasure order as shown.

    ``copies_closed_at``: since when no copy of the database from before the erasure opens for the person; null until
    the key epoch of then is retired.  ``held``: what bars it now.
    """

    id: UUID
    ground: Ground
    state: OrderState
    run_after: datetime
    due_on: date
    attempts: int
    last_error: str | None
    result: Mapping[str, Any] | None  # Any: counts by table, as stored
    done_at: datetime | None
    copies_closed_at: datetime | None = None
    held: Held | None = None


@dataclass(frozen=True, slots=True)
class OrderScope:
    """Whom and what an order concerns, for those who must be told of it; ``purposes`` are ids."""

    id: UUID
    subject_id: UUID
    state: OrderState
    purposes: Sequence[str]
    demanded: bool
    run_after: datetime
    due_on: date


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


ANOTHER_CONSENT, COMES_LATER = "another_consent_in_force", "another_erasure_comes_later"
NOT_STARTED = _ORDERS.c.started_at.is_(None) & _ORDERS.c.state.in_(OPEN)
# The order of a cause that counts comes first: of several, all but one were cancelled.
WHICH_COUNTS = (_ORDERS.c.state == OrderState.CANCELLED, _ORDERS.c.created_at.desc(), _ORDERS.c.id.desc())
_SCOPE = [_ORDERS.c[name] for name in OrderScope.__dataclass_fields__]
_DONE = [_ORDERS.c[name] for name in DoneOrder.__dataclass_fields__]
_COLUMNS: list[Any] = [  # Any: columns
    _ORDERS.c[name] for name in OrderView.__dataclass_fields__ if name not in {"copies_closed_at", "held"}
]
_COLUMNS += [retired_at(_ERASED.c.key_epoch), _ORDERS.c.subject_id]


def order_of(uow: UnitOfWork, cause_id: UUID) -> OrderView | None:
    """Return the order of a cause that counts: one that was cancelled only where there is no other."""
    of_person = (_ERASED.c.operator_id == _ORDERS.c.operator_id) & (_ERASED.c.subject_id == _ORDERS.c.subject_id)
    row = uow.session.execute(
        select(*_COLUMNS)
        .join_from(_ORDERS, _ERASED, of_person, isouter=True)
        .where(_ORDERS.c.operator_id == uow.operator_id, _ORDERS.c.cause_id == cause_id)
        .order_by(*WHICH_COUNTS)
        .limit(1)
    ).first()
    if row is None:
        return None
    *shown, subject_id = row
    view = OrderView(*shown)
    return replace(view, held=why_held(uow, subject_id)) if view.state in OPEN else view


def orders_of(uow: UnitOfWork, subject_id: UUID) -> list[dict[str, str]]:
    """Return the erasure orders about a person as data, the earliest first."""
    rows = uow.session.execute(
        select(_ORDERS.c.id, _ORDERS.c.ground, _ORDERS.c.state, _ORDERS.c.due_on)
        .where(_ORDERS.c.operator_id == uow.operator_id, _ORDERS.c.subject_id == subject_id)
        .order_by(_ORDERS.c.created_at)
    )
    return [
        {
            "id": str(row.id),
            "clause": f"94-V {row.ground}",
            "state": str(row.state),
            "due_on": row.due_on.isoformat(),
        }
        for row in rows
    ]


def has_open_order(uow: UnitOfWork, subject_id: UUID) -> bool:
    """Say whether an erasure of a person is ordered and not started."""
    return bool(uow.session.scalar(select(_is_ordered(uow, subject_id))))


def orders_under_way(uow: UnitOfWork) -> bool:
    """Say whether any erasure at the operator has begun, or has places outside to go to, and is not over."""
    has_places = exists().where(_TARGETS.c.operator_id == _ORDERS.c.operator_id, _TARGETS.c.order_id == _ORDERS.c.id)
    under_way = exists().where(
        _ORDERS.c.operator_id == uow.operator_id,
        _ORDERS.c.state.in_(OPEN),
        _ORDERS.c.started_at.is_not(None) | has_places,
    )
    return bool(uow.session.scalar(select(under_way)))


def open_order_days(uow: UnitOfWork, subject_ids: Collection[UUID]) -> dict[UUID, date]:
    """Return the earliest day by which the erasure of people is ordered and not done; who has no order is left out."""
    rows = uow.session.execute(
        select(_ORDERS.c.subject_id, func.min(_ORDERS.c.due_on).label("due_on"))
        .where(
            _ORDERS.c.operator_id == uow.operator_id,
            _ORDERS.c.subject_id.in_(subject_ids),
            _ORDERS.c.state.in_(OPEN),
        )
        .group_by(_ORDERS.c.subject_id)
    )
    return {row.subject_id: row.due_on for row in rows}


def people_ordered_later(uow: UnitOfWork, subject_ids: Collection[UUID]) -> set[UUID]:
    """Return those people of whom another erasure is ordered that is tried later, and has not started."""
    return set(
        uow.session.scalars(
            select(_ORDERS.c.subject_id)
            .where(
                _ORDERS.c.operator_id == uow.operator_id,
                _ORDERS.c.subject_id.in_(subject_ids),
                NOT_STARTED,
                _ORDERS.c.run_after > uow.now,
            )
            .distinct()
        )
    )


def people_with_places(uow: UnitOfWork, subject_ids: Collection[UUID], *, beside: Collection[UUID] = ()) -> set[UUID]:
    """Return those people of whom an open order has to do with places outside: they are needed until those confirm.

    ``beside``: orders that are not asked about.
    """
    query = (
        select(_ORDERS.c.subject_id)
        .join(_TARGETS, (_TARGETS.c.operator_id == _ORDERS.c.operator_id) & (_TARGETS.c.order_id == _ORDERS.c.id))
        .where(
            _ORDERS.c.operator_id == uow.operator_id,
            _ORDERS.c.subject_id.in_(subject_ids),
            _ORDERS.c.state.in_(OPEN),
            _ORDERS.c.id.not_in(beside),
        )
    )
    return set(uow.session.scalars(query.distinct()))


def why_kept(uow: UnitOfWork, subject_id: UUID, *, demanded: bool) -> str | None:
    """Say why an erasure that is due leaves the person known; None where the person goes."""
    # Another withdrawal can still be taken back: whoever takes it back must still be somebody.
    later = literal(value=False) if demanded else _is_ordered(uow, subject_id, _ORDERS.c.run_after > uow.now)
    row = uow.session.execute(select(stands(uow.operator_id, subject_id).label("stands"), later.label("later"))).one()
    if row.stands:
        return ANOTHER_CONSENT
    return COMES_LATER if row.later else None


def kept_among(uow: UnitOfWork, order_ids: Sequence[UUID]) -> dict[UUID, str]:
    """Return why orders that are due leave their people known, as ``why_kept`` says of one.

    By order; orders whose people go are left out.
    """
    other = _ORDERS.alias()
    comes_later = (
        select(other.c.id)
        .where(
            other.c.operator_id == _ORDERS.c.operator_id,
            other.c.subject_id == _ORDERS.c.subject_id,
            other.c.started_at.is_(None),
            other.c.state.in_(OPEN),
            other.c.run_after > uow.now,
        )
        .exists()
    )
    rows = uow.session.execute(
        select(
            _ORDERS.c.id,
            _ORDERS.c.demanded,
            stands(uow.operator_id, _ORDERS.c.subject_id).label("stands"),
            comes_later.label("later"),
        ).where(_ORDERS.c.operator_id == uow.operator_id, _ORDERS.c.id.in_(order_ids))
    ).all()
    kept = {row.id: ANOTHER_CONSENT for row in rows if row.stands}
    return kept | {row.id: COMES_LATER for row in rows if row.later and not row.demanded and not row.stands}


def _is_ordered(uow: UnitOfWork, subject_id: UUID, *which: ColumnElement[bool]) -> ColumnElement[bool]:
    return (
        select(_ORDERS.c.id)
        .where(_ORDERS.c.operator_id == uow.operator_id, _ORDERS.c.subject_id == subject_id, NOT_STARTED, *which)
        .exists()
    )


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
    """Return those of the orders that were cancelled because what they were ordered for had ended."""
    return list(
        uow.session.scalars(
            select(_ORDERS.c.id).where(
                _ORDERS.c.operator_id == uow.operator_id,
                _ORDERS.c.id.in_(order_ids),
                _ORDERS.c.cancelled == Cancelled.CAUSE_ENDED,
            )
        )
    )


def orders_done_between(
    uow: UnitOfWork, from_at: datetime, to_at: datetime, *, limit: int, cursor: str | None
) -> tuple[list[DoneOrder], str | None]:
    """Return a page of the erasures that were carried out between two instants, the latest first."""
    query = select(*_DONE).where(
        _ORDERS.c.operator_id == uow.operator_id,
        _ORDERS.c.state == OrderState.DONE,
        _ORDERS.c.done_at >= from_at,
        _ORDERS.c.done_at < to_at,
    )
    rows, after = turn_page(uow.session, query, Order(_ORDERS.c.done_at, _ORDERS.c.id), limit=limit, cursor=cursor)
    return [DoneOrder(*row) for row in rows], after


def done_orders(uow: UnitOfWork, *, limit: int) -> list[DoneOrder]:
    """Return the latest erasures that were carried out."""
    rows = uow.session.execute(
        select(*_DONE)
        .where(_ORDERS.c.operator_id == uow.operator_id, _ORDERS.c.state == OrderState.DONE)
        .order_by(_ORDERS.c.done_at.desc(), _ORDERS.c.id)
        .limit(limit)
    )
    return [DoneOrder(*row) for row in rows]
