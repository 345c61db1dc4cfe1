"""Approval by a second person: asked for a run or for one order, decided once, followed by every order of it."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, insert, or_, select, update

from consent_service.erasure.cancelling import cancel
from consent_service.erasure.moves import move
from consent_service.erasure.rules import needs_approval
from consent_service.erasure.states import ApprovalState, Cancelled, OrderState
from consent_service.erasure.tables import Approval, ErasureOrder
from consent_service.kernel.db import insert_or_skip, table_of
from consent_service.kernel.errors import ConflictError, NotAllowedError, NotFoundError
from consent_service.kernel.sealed_columns import SealedColumn
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.service import append
from consent_service.operators.access import DECIDE
from consent_service.operators.colleagues import colleague
from consent_service.operators.queries import operator_rules

_APPROVALS, _ORDERS = table_of(Approval), table_of(ErasureOrder)
REASON = SealedColumn(_APPROVALS.c.reason_sealed)
BATCH = 200
STAFF = "staff"
_STATE_OF_ORDERS = {
    ApprovalState.AWAITED: OrderState.AWAITING_APPROVAL,
    ApprovalState.NOT_NEEDED: OrderState.SCHEDULED,
    ApprovalState.APPROVED: OrderState.SCHEDULED,
}


@dataclass(frozen=True, slots=True)
class Room:
    """In which state orders of a run begin, for how many people it was announced, and how many of them are left."""

    state: OrderState
    people: int
    left: int


def state_of_single(uow: UnitOfWork, order_id: UUID, requested_by: str) -> OrderState:
    """Return in which state an order by itself begins; where the operator wants it, its approval is asked for."""
    if not needs_approval(1, operator_rules(uow).approve_erasures_over):
        return OrderState.SCHEDULED
    uow.session.execute(insert(_APPROVALS).values(_asked(uow, order_id, 1, ApprovalState.AWAITED, requested_by, 1)))
    return OrderState.AWAITING_APPROVAL


def announce_run(uow: UnitOfWork, run_id: UUID, people: int) -> ApprovalState:
    """Announce a run before it has orders, and ask for its approval where its size takes one; returns where it stands.

    A run that has been announced stays as it was.
    """
    needed = needs_approval(people, operator_rules(uow).approve_erasures_over)
    state = ApprovalState.AWAITED if needed else ApprovalState.NOT_NEEDED
    uow.session.execute(
        insert_or_skip(uow.session, _APPROVALS).values(_asked(uow, run_id, people, state, str(uow.actor), 0))
    )
    return decision_on(uow, run_id) or state


def announce_approved(uow: UnitOfWork, run_id: UUID, people: int, *, requested_by: str, decided_by: str | None) -> None:
    """Announce a run that was decided with what it is a part of; ``decided_by``: None where nobody else had to."""
    state = ApprovalState.NOT_NEEDED if decided_by is None else ApprovalState.APPROVED
    decided = {"decided_by": decided_by, "decided_at": decided_by and uow.now, "followed_at": uow.now}
    uow.session.execute(insert(_APPROVALS).values(_asked(uow, run_id, people, state, requested_by, 0) | decided))
    if decided_by is not None:
        facts = {"approval": str(run_id), "people": people, "orders": people, "by": decided_by}
        append(uow, EventType.ERASURE_APPROVED, run_id, facts)


def decision_on(uow: UnitOfWork, approval_id: UUID) -> ApprovalState | None:
    """Return where the approval of a run or of an order stands; None where none was ever asked for."""
    return uow.session.scalar(select(_APPROVALS.c.state).where(*_here(uow, approval_id)))


def decided_by(uow: UnitOfWork, approval_id: UUID) -> str | None:
    """Return who approved a run or an order; None where nobody had to."""
    return uow.session.scalar(
        select(_APPROVALS.c.decided_by).where(*_here(uow, approval_id), _APPROVALS.c.state == ApprovalState.APPROVED)
    )


def state_of_part(uow: UnitOfWork, run_id: UUID, *, people: int, orders: int) -> OrderState:
    """Return in which state a part of a run begins, and count its orders; the first part asks for the approval.

    Raises:
        ConflictError: The run was rejected, or grows beyond the people that it was announced for.
    """
    room = open_part(uow, run_id, people)
    if orders > room.left:
        raise ConflictError(f"This run was announced for {room.people} people: announce another one for the rest.")
    count_part(uow, run_id, orders)
    return room.state


def open_part(uow: UnitOfWork, run_id: UUID, people: int) -> Room:
    """Lock a run for one part of it, announcing it where nobody has yet; returns how many orders it still takes.

    Raises:
        ConflictError: It was rejected.
    """
    query = select(_APPROVALS).where(*_here(uow, run_id)).with_for_update()
    run = uow.session.execute(query).first()
    if run is None:
        announce_run(uow, run_id, people)
        run = uow.session.execute(query).one()
    if run.state is ApprovalState.REJECTED:
        raise ConflictError("This run was rejected: it takes no further orders. Begin another one.")
    return Room(_STATE_OF_ORDERS[run.state], run.people, run.people - run.ordered)


def count_part(uow: UnitOfWork, run_id: UUID, orders: int) -> None:
    """Count the orders of a part, whose run the caller has locked."""
    uow.session.execute(update(_APPROVALS).where(*_here(uow, run_id)).values(ordered=_APPROVALS.c.ordered + orders))


def approve(uow: UnitOfWork, approval_id: UUID, *, by: UUID) -> None:
    """Approve a run, or one order that waits by itself; ``by`` is another member of staff than who asked for it.

    Raises:
        NotFoundError: Nothing waits under this id.
        NotAllowedError: The same person asked for it, or somebody who may not decide.
        ConflictError: It was decided before.
    """
    _decide(uow, approval_id, ApprovalState.APPROVED, by, None)


def reject(uow: UnitOfWork, approval_id: UUID, *, by: UUID, reason: str) -> None:
    """Reject a run or an order: its orders are cancelled, what was owed for them stays owed.

    Raises:
        NotFoundError: Nothing waits under this id.
        NotAllowedError: Somebody who may not decide.
        ConflictError: It was decided before.
    """
    _decide(uow, approval_id, ApprovalState.REJECTED, by, reason)


def approval_of(run_id: UUID | None, order_id: UUID) -> UUID:
    """Return under which id an order is approved: that of its run, or its own."""
    return run_id or order_id


def follow_decisions(uow: UnitOfWork, limit: int) -> int:
    """Move orders as was decided on their runs; returns how many moved."""
    decided = uow.session.execute(
        select(_APPROVALS.c.id, _APPROVALS.c.state)
        .where(
            _APPROVALS.c.operator_id == uow.operator_id,
            _APPROVALS.c.state.in_((ApprovalState.APPROVED, ApprovalState.REJECTED)),
            _APPROVALS.c.followed_at.is_(None),
        )
        .order_by(_APPROVALS.c.requested_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).first()
    return 0 if decided is None else _follow(uow, decided.id, decided.state, limit)


def who_may_decide(uow: UnitOfWork, staff_id: UUID) -> str:
    """Return a member of staff as an actor, where that person may order and decide erasures.

    Raises:
        NotAllowedError: Nobody of the operator, or somebody who decides nothing.
    """
    person = colleague(uow, staff_id)
    if person is None or person.role not in DECIDE:
        raise NotAllowedError("This takes a member of the operator's staff who may act here.")
    return f"{STAFF}:{staff_id}"


def _decide(uow: UnitOfWork, approval_id: UUID, state: ApprovalState, by: UUID, reason: str | None) -> None:
    who = who_may_decide(uow, by)
    decided = uow.session.execute(
        update(_APPROVALS)
        .where(
            *_here(uow, approval_id),
            _APPROVALS.c.state == ApprovalState.AWAITED,
            *([_APPROVALS.c.requested_by != who] if state is ApprovalState.APPROVED else []),
        )
        .values(
            state=state,
            decided_by=who,
            decided_at=uow.now,
            reason_sealed=None if reason is None else REASON.seal(uow, reason.encode(), approval_id),
        )
        .returning(_APPROVALS.c.people, _APPROVALS.c.ordered)
    ).first()
    if decided is None:
        raise _not_decided(uow, approval_id)
    kind = EventType.ERASURE_APPROVED if state is ApprovalState.APPROVED else EventType.ERASURE_REJECTED
    facts = {"approval": str(approval_id), "people": decided.people, "orders": decided.ordered, "by": who}
    append(uow, kind, approval_id, facts)
    _follow(uow, approval_id, state, BATCH)


def _follow(uow: UnitOfWork, approval_id: UUID, state: ApprovalState, limit: int) -> int:
    waiting = uow.session.scalars(
        select(_ORDERS.c.id)
        .where(
            _ORDERS.c.operator_id == uow.operator_id,
            or_(_ORDERS.c.run_id == approval_id, _ORDERS.c.id == approval_id),
            _ORDERS.c.state == OrderState.AWAITING_APPROVAL,
        )
        .order_by(_ORDERS.c.id)
        .limit(limit)
    ).all()
    if state is ApprovalState.APPROVED:
        moved = move(uow, OrderState.SCHEDULED, _ORDERS.c.id.in_(waiting))
    else:
        moved = cancel(uow, Cancelled.REJECTED, _ORDERS.c.id.in_(waiting))
    if len(waiting) < limit:
        uow.session.execute(update(_APPROVALS).where(*_here(uow, approval_id)).values(followed_at=uow.now))
    return len(moved)


def _not_decided(uow: UnitOfWork, approval_id: UUID) -> NotFoundError | NotAllowedError | ConflictError:
    state = uow.session.scalar(select(_APPROVALS.c.state).where(*_here(uow, approval_id)))
    if state is None or state is ApprovalState.NOT_NEEDED:
        return NotFoundError("No erasure waits for an approval under this id.")
    if state is ApprovalState.AWAITED:
        return NotAllowedError("Whoever asked for an erasure cannot approve it: somebody else must.")
    return ConflictError(f"This was decided before: {state}.")


def _here(uow: UnitOfWork, approval_id: UUID) -> tuple[ColumnElement[bool], ...]:
    return (_APPROVALS.c.operator_id == uow.operator_id, _APPROVALS.c.id == approval_id)


def _asked(
    uow: UnitOfWork, approval_id: UUID, people: int, state: ApprovalState, requested_by: str, ordered: int
) -> dict[str, object]:
    return {
        "operator_id": uow.operator_id,
        "id": approval_id,
        "people": people,
        "ordered": ordered,
        "state": state,
        "requested_by": requested_by,
        "requested_at": uow.now,
        "decided_by": None,
        "decided_at": None,
        "reason_sealed": None,
        "followed_at": None if state is ApprovalState.AWAITED else uow.now,
    }
