"""The last step of an order: our own tables, read back, certified, in one transaction.  Done is said only here."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from consent_service.consents.holders import answered_versions
from consent_service.duties.service import meet
from consent_service.erasure.act import Destroyed, Ordered, categories
from consent_service.erasure.certificates import issue_act
from consent_service.erasure.claims import ClaimOverError
from consent_service.erasure.evidence import keep_proof, proof_kept_until
from consent_service.erasure.holds import Held, why_held
from consent_service.erasure.log import ErasureLog, Gone
from consent_service.erasure.moves import move
from consent_service.erasure.outside import confirmed, forget_unasked, unconfirmed
from consent_service.erasure.queries import why_kept
from consent_service.erasure.service import ERASING_ACTIONS
from consent_service.erasure.states import OPEN, REPLAY, ApprovalState, OrderState
from consent_service.erasure.tables import Approval, ErasureOrder, OrderTarget
from consent_service.erasure.telling import tell_person
from consent_service.kernel.db import table_of
from consent_service.kernel.errors import ConflictError, ConsentServiceError
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.service import append
from consent_service.operators.service import lock_operator
from consent_service.policies.queries import version_by_id
from consent_service.subjects.identity import IdentifierKind
from consent_service.subjects.service import count_personal_rows, erase_person, identifiers_of, lock_with_epoch
from consent_service.webhooks.announcing import announce, keep_reference
from consent_service.webhooks.states import Kind

_ORDERS, _APPROVALS, _TARGETS = table_of(ErasureOrder), table_of(Approval), table_of(OrderTarget)
Json = dict[str, Any]  # Any: JSON values


class ErasureIncompleteError(ConsentServiceError):
    """Reading back found rows that were to be gone, or nothing was there to erase."""

    code = "erasure-incomplete"


class HeldError(ConflictError):
    """A legal hold bars the erasure."""

    code = "held"

    def __init__(self, held: Held) -> None:
        super().__init__(f"A legal hold bars this erasure ({held.basis}): it goes on when the hold is lifted.")
        self.held = held


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
    person = None if subject_id is None else lock_with_epoch(uow, subject_id)
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
        _announce(uow, order, "kept")
    else:
        known, answered = identifiers_of(uow, person[0]), answered_versions(uow, order.subject_id)
        data = _data_of(uow, known, answered)
        _announce(uow, order, "kept" if kept else "erased")
        if not kept:
            tell_person(uow, order_id, known, answered[0][1] if answered else None)
            keep_reference(uow, order.subject_id)
        destroyed, proof = ({"kept": kept}, {}) if kept else _erase(uow, order, person[1], evidence_years)
        result |= destroyed
        result |= {"targets": {one["name"]: one["erased"] for one in outside}} if outside else {}
        # Acts are numbered without a gap, and no hold is placed between this look and the commit.
        lock_operator(uow)
        held = why_held(uow, order.subject_id)
        if held is not None:
            raise HeldError(held)
        result |= {"act": issue_act(uow, ordered_as(order, approved_by), data, destroyed_by(result, outside))}
    certify(uow, order, result, proof, outside, log)


def certify(
    uow: UnitOfWork, order: ErasureOrder, result: Json, proof: Json, outside: Sequence[Json], log: ErasureLog
) -> None:
    """End an order on record; whom it erased is written down before anybody can know of it."""
    move(uow, OrderState.DONE, _ORDERS.c.id == order.id, result=result, done_at=uow.now, claimed_until=None)
    meet(uow, order.cause_id, ERASING_ACTIONS)
    facts = {"order": str(order.id), "ground": str(order.ground), "result": result, **proof}
    event = append(uow, EventType.ERASURE_DONE, order.id, facts)
    if proof:
        gone = Gone(
            operator=uow.operator_id,
            order=order.id,
            person=order.subject_id,
            ground=order.ground,
            attempt=order.attempts,
            at=uow.now,
            leaf=event.leaf_input.hex(),
            act=result["act"]["number"],
            targets={one["name"]: one["kind"] for one in outside},
        )
        log.write(uow.keys, [gone])


def _answered_for(
    uow: UnitOfWork, order: ErasureOrder, outside: Sequence[Json], approved_by: str | None
) -> tuple[Json, Json]:
    """Return the result of a replay about whom nobody could be asked, once somebody has answered for each place."""
    result: Json = {"deleted": {}, **(order.result or {})}
    result |= {"targets": {one["name"]: one["erased"] for one in outside}}
    lock_operator(uow)
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


def _data_of(
    uow: UnitOfWork, known: Sequence[tuple[IdentifierKind, str]], answered: Sequence[tuple[UUID, str]]
) -> Json:
    """Return what data the act names: categories of the documents that were answered, kinds of identifiers."""
    versions = [version_by_id(uow, version_id) for version_id, _ in answered]
    return {
        "categories": categories([(version.name, version.terms) for version in versions]),
        "identifiers": sorted({str(kind) for kind, _ in known}),
    }


def _erase(uow: UnitOfWork, order: ErasureOrder, key_epoch: int, evidence_years: int) -> tuple[Json, Json]:
    """Return what was deleted and read back, and until when the proof of whom is kept."""
    deleted = erase_person(uow, order.subject_id)
    left = count_personal_rows(uow, order.subject_id)
    if any(left.values()) or not deleted["subjects"]:
        raise ErasureIncompleteError("Reading back found personal rows that were to be gone.")
    until = keep_proof(uow, order.subject_id, key_epoch, evidence_years)
    proof = {"subject": str(order.subject_id), "evidence_until": until.isoformat()}
    return {"deleted": deleted, "read_back": left, "key_epoch": key_epoch}, proof


def _announce(uow: UnitOfWork, order: ErasureOrder, outcome: str) -> None:
    purposes = [UUID(purpose) for purpose in order.purposes]
    announce(uow, Kind.ERASURE_DONE, order.subject_id, purposes, order=order.id, outcome=outcome)


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
