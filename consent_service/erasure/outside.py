"""The targets of one order, step by step: look, erase, read back, confirm; a commit between any two of them.

Whoever drives the steps calls a target between two units of work, never inside one.  Killed at any line, the next try
finds what was there before the try that left no word, and counts what it took away.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update

from consent_service.erasure.claims import Claim, check_claim, code_of, resume_at_once
from consent_service.erasure.holds import hold_order, why_held
from consent_service.erasure.queries import why_kept
from consent_service.erasure.rules import (
    LONGEST_PAUSE,
    LONGEST_WAIT,
    Counts,
    added,
    in_all,
    less,
    missing,
    not_told_again,
    pause,
)
from consent_service.erasure.states import OPEN, TargetState
from consent_service.erasure.tables import ErasureOrder, OrderTarget
from consent_service.erasure.targets import Erased, Outcome, Target, Whom
from consent_service.kernel.db import table_of
from consent_service.kernel.errors import ConflictError, ConsentServiceError, NotFoundError
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.service import append
from consent_service.subjects.queries import is_known
from consent_service.subjects.service import reveal_identifiers, reveal_ref

_TARGETS, _ORDERS = table_of(OrderTarget), table_of(ErasureOrder)
BY_HAND = "by_hand"


class NothingErasedError(ConsentServiceError):
    """A target says that it has erased, and yet nothing that it had found is gone."""

    code = "nothing-erased"


class StillThereError(ConsentServiceError):
    """A target says that it has erased, and what it read back is still there."""

    code = "still-there"


class TargetGoneError(ConsentServiceError):
    """A target of an open order is no longer described, so that nobody can say whether it was erased there."""

    code = "target-gone"


class Halt(StrEnum):
    """Why no target is asked next."""

    HELD = "held"
    WAITING = "waiting"  # what has not confirmed is to be asked at another time
    READY = "ready"  # nothing outside is left to do


@dataclass(frozen=True, slots=True, repr=False)
class Step:
    """The target that is asked next, and about whom."""

    whom: Whom
    target: Target


def next_step(uow: UnitOfWork, claim: Claim, targets: Sequence[Target]) -> Step | Halt:
    """Return what is done next for a claimed order; one that is held is stopped here.

    Raises:
        ClaimOverError: The claim is over.
    """
    order = check_claim(uow, claim)
    if _stopped(uow, order):
        return Halt.HELD
    is_gone = not is_known(uow, order.subject_id)
    if is_gone or why_kept(uow, order.subject_id, demanded=order.demanded):
        return Halt.READY
    here = {target.name: target for target in targets}
    open_rows = [row for row in _rows(uow, claim.order_id) if row.state is not TargetState.CONFIRMED]
    for row in open_rows:
        if row.name not in here:
            _give_up(uow, claim, row)
    open_rows = [row for row in open_rows if row.name in here or row.found is not None]
    if not open_rows:
        return Halt.READY
    due = [row for row in open_rows if row.name in here and row.next_try_at <= uow.now]
    return Step(_whom(uow, order), here[due[0].name]) if due else Halt.WAITING


def begin_try(uow: UnitOfWork, claim: Claim, name: str, there: Counts) -> Counts | None:
    """Record that a target is about to erase, and what is ``there`` now; returns what it is told was found before.

    Once some of that is known to be gone, it is told nothing: zero rows are right then, and so is the answer of before.
    None where a hold has been placed meanwhile: then nothing may be called.

    Raises:
        ClaimOverError: The claim is over.
    """
    order = check_claim(uow, claim)
    if _stopped(uow, order):
        return None
    row = _row(uow, claim, name)
    lost = row.lost if row.before is None else added(row.lost, missing(row.before, there))
    found = there if row.found is None else row.found
    _note(
        uow,
        claim,
        name,
        state=TargetState.RUNNING,
        attempts=row.attempts + 1,
        found=dict(found),
        before=dict(there),
        lost=lost,
        last_error=None,
    )
    return {} if any(in_all(row.erased, lost).values()) else found


def record(uow: UnitOfWork, claim: Claim, name: str, erased: Erased) -> TargetState:
    """Record what a target has answered: confirmed, to be asked later, or an answer that cannot be true.

    Raises:
        ClaimOverError: The claim is over.
    """
    check_claim(uow, claim)
    row = _row(uow, claim, name)
    lost = not_told_again(row.lost, erased.counts, row.before or {})
    counts = added(row.erased, erased.counts)
    values: dict[str, Any] = {  # Any: column values
        "erased": counts,
        "lost": lost,
        "before": None,
        "method": erased.method,
        "k": {**row.k, **erased.k},
    }
    if erased.outcome is Outcome.LATER:
        values |= {"before": less(row.before or {}, erased.counts)}  # what it takes away until it is asked again counts
        again_at = uow.now + pause(row.attempts, LONGEST_WAIT)
        _note(uow, claim, name, state=TargetState.LATER, next_try_at=again_at, **values)
        return TargetState.LATER
    wrong = _wrong(row.found or {}, in_all(counts, lost), erased.left)
    if wrong is not None:
        _note(uow, claim, name, **values, **_failed(uow, row.attempts, wrong))
        return TargetState.FAILED
    _note(uow, claim, name, state=TargetState.CONFIRMED, confirmed_at=uow.now, **values)
    return TargetState.CONFIRMED


def record_failure(uow: UnitOfWork, claim: Claim, name: str, error: Exception, there: Counts | None) -> None:
    """Record that a target could not be asked, or failed; ``there``: what it has now, None where nobody can tell.

    Raises:
        ClaimOverError: The claim is over.
    """
    check_claim(uow, claim)
    row = _row(uow, claim, name)
    tried = row.attempts if row.state is TargetState.RUNNING else row.attempts + 1  # it may not even be looked into
    values = {**_failed(uow, tried, error), "attempts": tried}
    if there is not None and row.before is not None:
        values |= {"lost": added(row.lost, missing(row.before, there)), "before": None}
    _note(uow, claim, name, **values)


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


def stop_if_held(uow: UnitOfWork, claim: Claim) -> bool:
    """Stop a claimed order where a hold covers it by now.

    Raises:
        ClaimOverError: The claim is over.
    """
    return _stopped(uow, check_claim(uow, claim))


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
    return [
        {
            "name": row.name,
            "kind": row.kind,
            "method": row.method,
            "erased": in_all(row.erased, row.lost),
            "k": dict(row.k),
            "confirmed_at": row.confirmed_at,
            "reference": row.reference,
        }
        for row in _rows(uow, order_id)
        if row.state is TargetState.CONFIRMED
    ]


def forget_unasked(uow: UnitOfWork, order_id: UUID) -> None:
    """Strike targets that nobody had to ask, where the person stays known or was erased before."""
    uow.session.execute(
        delete(_TARGETS).where(
            _TARGETS.c.operator_id == uow.operator_id,
            _TARGETS.c.order_id == order_id,
            _TARGETS.c.state == TargetState.WAITING,
        )
    )


def _stopped(uow: UnitOfWork, order: ErasureOrder) -> bool:
    held = why_held(uow, order.subject_id)
    if held is None:
        return False
    hold_order(uow, order.id, held)
    return True


def _whom(uow: UnitOfWork, order: ErasureOrder) -> Whom:
    return Whom.known(order.id, reveal_ref(uow, order.subject_id), reveal_identifiers(uow, order.subject_id))


def _give_up(uow: UnitOfWork, claim: Claim, row: Any) -> None:  # Any: a result row
    """Let go of a target that is no longer described: silently only where nobody had asked it yet."""
    if row.found is not None:
        _note(uow, claim, row.name, **_failed(uow, row.attempts, TargetGoneError("Describe this target again.")))
        return
    uow.session.execute(
        delete(_TARGETS).where(
            _TARGETS.c.operator_id == uow.operator_id,
            _TARGETS.c.order_id == claim.order_id,
            _TARGETS.c.name == row.name,
        )
    )


def _wrong(found: Counts, counts: Counts, left: Counts) -> ConsentServiceError | None:
    if any(left.values()):
        return StillThereError("Reading back found rows that were to be gone.")
    if any(found.values()) and not any(counts.values()):
        return NothingErasedError("Rows had been found, and none of them is gone.")
    return None


def _failed(uow: UnitOfWork, attempts: int, error: Exception) -> Mapping[str, Any]:  # Any: column values
    return {
        "state": TargetState.FAILED,
        "last_error": code_of(error),
        "next_try_at": uow.now + pause(attempts, LONGEST_PAUSE),
    }


def _rows(uow: UnitOfWork, order_id: UUID) -> Sequence[Any]:  # Any: result rows
    return uow.session.execute(
        select(_TARGETS)
        .where(_TARGETS.c.operator_id == uow.operator_id, _TARGETS.c.order_id == order_id)
        .order_by(_TARGETS.c.position, _TARGETS.c.name)
    ).all()


def _row(uow: UnitOfWork, claim: Claim, name: str) -> Any:  # Any: a result row
    return next(row for row in _rows(uow, claim.order_id) if row.name == name)


def _note(uow: UnitOfWork, claim: Claim, name: str, **values: Any) -> None:  # Any: column values
    uow.session.execute(
        update(_TARGETS)
        .where(
            _TARGETS.c.operator_id == uow.operator_id,
            _TARGETS.c.order_id == claim.order_id,
            _TARGETS.c.name == name,
        )
        .values(**values)
    )
