"""Legal holds: what bars erasing, and the one function that says why something is held."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, ColumnElement, and_, exists, insert, or_, select, update

from consent_service.consents.holders import answered_among, has_answered
from consent_service.erasure.moves import move
from consent_service.erasure.states import DUE_FROM, OPEN, OrderState
from consent_service.erasure.tables import IN_FORCE, ErasureOrder, LegalHold
from consent_service.kernel.db import table_of
from consent_service.kernel.errors import ConflictError, InvalidInputError, NotFoundError
from consent_service.kernel.ids import new_id
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.service import append, instant
from consent_service.operators.service import lock_operator
from consent_service.policies.queries import document_id, resolve_purposes
from consent_service.subjects.service import lock_by_id, lock_by_ref

_HOLDS, _ORDERS = table_of(LegalHold), table_of(ErasureOrder)
BATCH = 200


@dataclass(frozen=True, slots=True)
class Held:
    """Why something is held: which hold, on what basis, since when; ``covers`` is None where it is on the person."""

    id: UUID
    reference: str
    basis: str
    covers: str | None
    placed_at: datetime


_HELD = [_HOLDS.c[name] for name in Held.__dataclass_fields__]


@dataclass(frozen=True, slots=True)
class PlaceHold:
    """A hold on one person, by reference or pseudonym, on all who answered a document, or who said yes to a purpose.

    ``reference``: what it is for, such as the number of a court case; ``basis``: the law with its article.
    """

    reference: str
    basis: str
    subject: str | None = None
    subject_id: UUID | None = None
    document: str | None = None
    purpose: str | None = None


def why_held(uow: UnitOfWork, subject_id: UUID) -> Held | None:
    """Say why nothing of a person may be erased: by the earliest hold in force; None where nothing bars it.

    Every path asks here, or puts the same condition into its own statement with ``is_held``.
    """
    row = uow.session.execute(select(*_HELD).where(*_over(uow, subject_id)).order_by(_HOLDS.c.id).limit(1)).first()
    return None if row is None else Held(*row)


def is_held(uow: UnitOfWork, subject_id: Any) -> ColumnElement[bool]:  # Any: a column
    """Return the condition that a hold in force covers a person."""
    return select(_HOLDS.c.id).where(*_over(uow, subject_id)).correlate_except(_HOLDS).exists()


def holds_stand(uow: UnitOfWork) -> bool:
    """Say whether any hold is in force at the operator."""
    return bool(uow.session.scalar(select(exists().where(_HOLDS.c.operator_id == uow.operator_id, IN_FORCE))))


def held_people(uow: UnitOfWork, subject_ids: Collection[UUID]) -> dict[UUID, list[Held]]:
    """Return the holds on people, the earliest first; who is not held is left out.

    One statement, and one more for each hold on a whole document.
    """
    found: defaultdict[UUID, list[Held]] = defaultdict(list)
    query = select(*_HELD, _HOLDS.c.subject_id, _HOLDS.c.document_id, _HOLDS.c.purpose_id).where(
        _HOLDS.c.operator_id == uow.operator_id,
        IN_FORCE,
        _HOLDS.c.subject_id.is_(None) | _HOLDS.c.subject_id.in_(subject_ids),
    )
    for *held, subject_id, document, purpose in uow.session.execute(query.order_by(_HOLDS.c.id)).all():
        covered = [subject_id] if subject_id else answered_among(uow, subject_ids, document, purpose)
        for one in covered:
            found[one].append(Held(*held))
    return dict(found)


def held_cases(uow: UnitOfWork, case_ids: Sequence[UUID]) -> dict[UUID, Held]:
    """Return why the erasures of some cases are held; cases that nothing bars are left out."""
    return _held_by(uow, _ORDERS.c.cause_id, case_ids)


def held_orders(uow: UnitOfWork, order_ids: Sequence[UUID]) -> dict[UUID, Held]:
    """Return why some orders are held; those that nothing bars are left out."""
    return _held_by(uow, _ORDERS.c.id, order_ids)


def _held_by(uow: UnitOfWork, column: Column[UUID], ids: Sequence[UUID]) -> dict[UUID, Held]:
    rows = uow.session.execute(
        select(column, *_HELD)
        .select_from(_ORDERS)
        .join(_HOLDS, and_(*_over(uow, _ORDERS.c.subject_id)))
        .where(_ORDERS.c.operator_id == uow.operator_id, column.in_(ids), _ORDERS.c.state.in_(OPEN))
        .order_by(_HOLDS.c.id.desc())
    )
    return {found: Held(*held) for found, *held in rows}


def place_hold(uow: UnitOfWork, command: PlaceHold) -> UUID:
    """Place a hold: from here on nothing that it covers is erased; what runs stops before its next target.

    Raises:
        InvalidInputError: It covers nothing, or more than one thing at once.
        NotFoundError: There is no such person, document or purpose.
    """
    hold_id, covered = new_id(uow.now), _covered(uow, command)
    lock_operator(uow)  # an erasure that has not been committed yet asks under the same lock
    uow.session.execute(
        insert(_HOLDS).values(
            operator_id=uow.operator_id,
            id=hold_id,
            reference=command.reference,
            basis=command.basis,
            placed_by=str(uow.actor),
            placed_at=uow.now,
            **covered,
        )
    )
    append(
        uow,
        EventType.LEGAL_HOLD_PLACED,
        hold_id,
        {
            "hold": str(hold_id),
            "on": covered.get("covers") or f"person:{covered['subject_id']}",
            "reference": command.reference,
            "basis": command.basis,
        },
    )
    if "subject_id" in covered:
        stop_held(uow, BATCH, _ORDERS.c.subject_id == covered["subject_id"])
    return hold_id


def lift_hold(uow: UnitOfWork, hold_id: UUID, *, reference: str) -> None:
    """Lift a hold: what it alone has stopped goes on.

    Raises:
        NotFoundError: There is no such hold.
        ConflictError: It was lifted before.
    """
    here = (_HOLDS.c.operator_id == uow.operator_id, _HOLDS.c.id == hold_id)
    lifted = uow.session.scalar(
        update(_HOLDS)
        .where(*here, _HOLDS.c.lifted_at.is_(None))
        .values(lifted_by=str(uow.actor), lifted_at=uow.now, lift_reference=reference)
        .returning(_HOLDS.c.id)
    )
    if lifted is None:
        if uow.session.scalar(select(_HOLDS.c.id).where(*here)) is None:
            raise NotFoundError("There is no such hold.")
        raise ConflictError("This hold was lifted before.")
    append(
        uow,
        EventType.LEGAL_HOLD_LIFTED,
        hold_id,
        {"hold": str(hold_id), "reference": reference, "at": instant(uow.now)},
    )
    release_held(uow, BATCH)


def stop_held(uow: UnitOfWork, limit: int, *which: ColumnElement[bool]) -> int:
    """Mark orders as held that would be taken up next and that a hold covers; returns how many.

    ``which``: some orders, whenever they would be taken up.  One that is being worked on stops by itself.
    """
    at_rest = _ORDERS.c.state.in_(DUE_FROM)
    due = at_rest & (_ORDERS.c.run_after <= uow.now)
    abandoned = (_ORDERS.c.state == OrderState.RUNNING) & (_ORDERS.c.claimed_until <= uow.now)
    orders = uow.session.execute(
        select(_ORDERS.c.id, _ORDERS.c.subject_id)
        .where(
            _ORDERS.c.operator_id == uow.operator_id,
            or_(abandoned, and_(at_rest, *which) if which else due),
            is_held(uow, _ORDERS.c.subject_id),
        )
        .order_by(_ORDERS.c.due_on, _ORDERS.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    for order in orders:
        held = why_held(uow, order.subject_id)
        if held is not None:
            hold_order(uow, order.id, held)
    return len(orders)


def hold_order(uow: UnitOfWork, order_id: UUID, held: Held) -> None:
    """Stop one order, which the caller has locked."""
    if move(uow, OrderState.HELD, _ORDERS.c.id == order_id, held_by=held.id, claimed_until=None):
        append(uow, EventType.ERASURE_HELD, order_id, {"order": str(order_id), "hold": str(held.id)})


def release_held(uow: UnitOfWork, limit: int) -> int:
    """Let orders go on whose hold was lifted, unless another one covers them; returns how many were looked at."""
    orders = uow.session.execute(
        select(_ORDERS.c.id, _ORDERS.c.subject_id, _ORDERS.c.started_at)
        .join(_HOLDS, (_HOLDS.c.operator_id == _ORDERS.c.operator_id) & (_HOLDS.c.id == _ORDERS.c.held_by))
        .where(
            _ORDERS.c.operator_id == uow.operator_id,
            _ORDERS.c.state == OrderState.HELD,
            _HOLDS.c.lifted_at.is_not(None),
        )
        .order_by(_ORDERS.c.due_on, _ORDERS.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True, of=_ORDERS)
    ).all()
    for order in orders:
        held = why_held(uow, order.subject_id)
        if held is not None:
            uow.session.execute(
                update(_ORDERS)
                .where(_ORDERS.c.operator_id == uow.operator_id, _ORDERS.c.id == order.id)
                .values(held_by=held.id)
            )
            continue
        to = OrderState.SCHEDULED if order.started_at is None else OrderState.RUNNING
        move(uow, to, _ORDERS.c.id == order.id, claimed_until=None if order.started_at is None else uow.now)
        append(uow, EventType.ERASURE_RESUMED, order.id, {"order": str(order.id)})
    return len(orders)


def _over(uow: UnitOfWork, subject_id: Any) -> tuple[ColumnElement[bool], ...]:  # Any: a pseudonym, or a column
    answered = has_answered(uow.operator_id, subject_id, _HOLDS.c.document_id, _HOLDS.c.purpose_id)
    return (
        _HOLDS.c.operator_id == uow.operator_id,
        and_(IN_FORCE),
        or_(_HOLDS.c.subject_id == subject_id, _HOLDS.c.document_id.is_not(None) & answered),
    )


def _covered(uow: UnitOfWork, command: PlaceHold) -> dict[str, Any]:  # Any: column values
    given = [command.subject, command.subject_id, command.document, command.purpose]
    if sum(one is not None for one in given) != 1:
        raise InvalidInputError.of("subject", "Name one of: subject, document, purpose.")
    if command.document is not None:
        return {"document_id": document_id(uow, command.document), "covers": command.document}
    if command.purpose is not None:
        purpose = resolve_purposes(uow, [command.purpose])[0]
        return {"document_id": purpose.document_id, "purpose_id": purpose.id, "covers": str(purpose)}
    if command.subject is not None:
        return {"subject_id": lock_by_ref(uow, command.subject).id}
    if command.subject_id is None or lock_by_id(uow, command.subject_id) is None:
        raise NotFoundError("This person has been erased: there is nothing to hold.")
    return {"subject_id": command.subject_id}
