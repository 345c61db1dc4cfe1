"""The last step of an order: our own tables, read back, certified, in one transaction.  Done is said only here."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from consent_service.duties.service import meet
from consent_service.erasure.act import Destroyed, Ordered
from consent_service.erasure.certificates import categories_of, issue_act
from consent_service.erasure.claims import ClaimOverError
from consent_service.erasure.destroying import ErasureIncompleteError, bar_holds, destroy
from consent_service.erasure.ending import Ended, announce_ends, end_on_record
from consent_service.erasure.evidence import proof_kept_until
from consent_service.erasure.log import ErasureLog
from consent_service.erasure.moves import move
from consent_service.erasure.outside import confirmed, forget_unasked, unconfirmed
from consent_service.erasure.queries import why_kept
from consent_service.erasure.service import ERASING_ACTIONS
from consent_service.erasure.states import OPEN, REPLAY, ApprovalState, OrderState
from consent_service.erasure.tables import Approval, ErasureOrder, OrderTarget
from consent_service.kernel.db import table_of
from consent_service.kernel.uow import UnitOfWork
from consent_service.operators.service import lock_operator
from consent_service.subjects.queries import kinds_of
from consent_service.subjects.service import lock_with_key

_ORDERS, _APPROVALS, _TARGETS = table_of(ErasureOrder), table_of(Approval), table_of(OrderTarget)
Json = dict[str, Any]  # Any: JSON values


def execute(uow: UnitOfWork, order_id: UUID, log: ErasureLog, *, evidence_years: int) -> None:
    """Erase, read back and certify, in one transaction: either all of it happened or none.

    A person who has another consent in force stays known; the result says so.  Whoever is erased is written down in the
    ``log`` last of all, before the transaction is committed.

    Raises:
        ErasureIncompleteError: Rows are left, a target has not confirmed, or there was nobody to erase and no order
            that did it.
        HeldError: A legal hold bars it.
        ClaimOverError: The order is not claimed any more.
        ErasureLogError: The log of erasures cannot be written.
    """
    subject_id = uow.session.scalar(
        select(_ORDERS.c.subject_id).where(_ORDERS.c.operator_id == uow.operator_id, _ORDERS.c.id == order_id)
    )
    person = None if subject_id is None else lock_with_key(uow, subject_id)
    order, has_targets, approved_by = _lock(uow, order_id)
    kept = None if person is None else why_kept(uow, order.subject_id, demanded=order.demanded)
    if has_targets and (person is None or kept):
        forget_unasked(uow, order_id)
    elif has_targets and unconfirmed(uow, order_id, order.subject_id):
        raise ErasureIncompleteError("A target outside has not confirmed: the person is needed until it has.")
    outside = confirmed(uow, order_id) if has_targets else []
    result: Json = {"deleted": {}}
    proof: Json = {}
    if person is None and order.cause_kind == REPLAY and (outside or order.result):
        result, proof = _answered_for(uow, order, outside, approved_by)
    elif person is None:
        result |= {"already_erased_by": str(_earlier(uow, order))}
    elif kept and not outside:
        result |= {"kept": kept}
        announce_ends(uow, [order], [order.subject_id])
    else:
        data = {
            "categories": categories_of(uow, [order.subject_id]),
            "identifiers": sorted(set(map(str, kinds_of(uow, order.subject_id)))),
        }
        announce_ends(uow, [order], [order.subject_id] if kept else [])
        if kept:
            result |= {"kept": kept}
        else:
            gone = destroy(uow, {order.subject_id: person[1]}, {order.subject_id: order_id}, evidence_years)
            result |= gone.result(order.subject_id)
            proof = gone.proof(order.subject_id)
        result |= {"targets": {one["name"]: one["erased"] for one in outside}} if outside else {}
        bar_holds(uow, [order.subject_id])
        result |= {"act": issue_act(uow, ordered_as(order, approved_by), data, destroyed_by(result, outside))}
    certify(uow, order, result, proof, outside, log)


def certify(
    uow: UnitOfWork, order: ErasureOrder, result: Json, proof: Json, outside: Sequence[Json], log: ErasureLog
) -> None:
    """End an order on record; whom it erased is written down before anybody can know of it."""
    move(uow, OrderState.DONE, _ORDERS.c.id == order.id, result=result, done_at=uow.now, claimed_until=None)
    meet(uow, order.cause_id, ERASING_ACTIONS)
    kinds = {one["name"]: one["kind"] for one in outside}
    end_on_record(uow, [Ended(order, result, proof, order.attempts, kinds)], log)


def _answered_for(
    uow: UnitOfWork, order: ErasureOrder, outside: Sequence[Json], approved_by: str | None
) -> tuple[Json, Json]:
    """Return the result of a replay about whom nobody could be asked, once somebody has answered for each place."""
    result: Json = {"deleted": {}, **(order.result or {})}
    result |= {"targets": {one["name"]: one["erased"] for one in outside}}
    lock_operator(uow, closed_too=True)
    data: Json = {"categories": [], "identifiers": []}
    result |= {"act": issue_act(uow, ordered_as(order, approved_by), data, destroyed_by(result, outside))}
    until = proof_kept_until(uow, order.subject_id) if "read_back" in result else None
    proof = {} if until is None else {"subject": str(order.subject_id), "evidence_until": until.isoformat()}
    return result, proof


def _lock(uow: UnitOfWork, order_id: UUID) -> tuple[ErasureOrder, bool, str | None]:
    other = _ORDERS.alias()
    outside = (  # of this order, or of another open one of the same person
        select(_TARGETS.c.name)
        .join(other, (other.c.operator_id == _TARGETS.c.operator_id) & (other.c.id == _TARGETS.c.order_id))
        .where(other.c.operator_id == uow.operator_id, other.c.subject_id == _ORDERS.c.subject_id)
        .where(other.c.state.in_(OPEN))
        .correlate_except(_TARGETS, other)
    )
    approved = select(_APPROVALS.c.decided_by).where(
        _APPROVALS.c.operator_id == _ORDERS.c.operator_id,
        _APPROVALS.c.id == func.coalesce(_ORDERS.c.run_id, _ORDERS.c.id),
        _APPROVALS.c.state == ApprovalState.APPROVED,
    )
    row = uow.session.execute(
        select(ErasureOrder, outside.exists(), approved.scalar_subquery())
        .where(ErasureOrder.operator_id == uow.operator_id, ErasureOrder.id == order_id)
        .with_for_update(of=_ORDERS)
        .execution_options(populate_existing=True)
    ).first()
    if row is None or row[0].state is not OrderState.RUNNING:
        raise ClaimOverError("This erasure order is not running.")
    return row[0], row[1], row[2]


def ordered_as(order: ErasureOrder, approved_by: str | None) -> Ordered:
    """Return what an act says of how its order came to be."""
    return Ordered(
        id=str(order.id),
        person=str(order.subject_id),
        cause=f"{order.cause_kind}:{order.cause_id}",
        ground=order.ground,
        ordered_at=order.created_at,
        ordered_by=order.ordered_by,
        approved_by=approved_by,
        reference=order.reference,
        due_on=order.due_on.isoformat(),
        started_at=order.started_at or order.created_at,
    )


def destroyed_by(result: Json, outside: Sequence[Json]) -> Destroyed:
    """Return what an act says was destroyed."""
    return Destroyed(
        deleted=result["deleted"],
        left=result.get("read_back", {}),
        key_epoch=result.get("key_epoch"),
        targets=outside,
        kept=result.get("kept"),
    )


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
