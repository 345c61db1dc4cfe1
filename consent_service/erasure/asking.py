"""The targets of claimed orders, step by step: look, erase, read back, confirm; a commit between any two of them.

Many orders go together, and each keeps its own state, counts and tries.  Whoever drives the steps calls a target
between two units of work, never inside one.  Killed at any line, the next try finds what was there before the try that
left no word, and counts what it took away.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, delete, update

from consent_service.erasure.claims import Claim, Claimed, check_claim, check_claims, code_of
from consent_service.erasure.holds import held_orders, hold_order, why_held
from consent_service.erasure.outside import rows_of
from consent_service.erasure.queries import kept_among
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
from consent_service.erasure.states import REPLAY, TargetState
from consent_service.erasure.tables import OrderTarget
from consent_service.erasure.targets import Erased, Outcome, Target, Whom
from consent_service.kernel.db import table_of
from consent_service.kernel.errors import ConsentServiceError
from consent_service.kernel.uow import UnitOfWork
from consent_service.subjects.queries import known_among
from consent_service.subjects.revealing import KnownBy, reveal_many

_TARGETS = table_of(OrderTarget)
_KEPT = [column.name for column in _TARGETS.columns if column.name not in {"operator_id", "order_id", "name"}]
Values = dict[str, Any]  # Any: column values


class NothingErasedError(ConsentServiceError):
    """A target says that it has erased, and yet nothing that it had found is gone."""

    code = "nothing-erased"


class StillThereError(ConsentServiceError):
    """A target says that it has erased, and what it read back is still there."""

    code = "still-there"


class TargetGoneError(ConsentServiceError):
    """A target of an open order is no longer described, so that nobody can say whether it was erased there."""

    code = "target-gone"


class IdentifiersGoneError(ConsentServiceError):
    """What a person is known by is gone, so that no target can be asked about them: somebody has to look there."""

    code = "identifiers-gone"


class Halt(StrEnum):
    """Why no target is asked next."""

    OVER = "over"  # another worker has taken the order up
    HELD = "held"
    WAITING = "waiting"  # what has not confirmed is to be asked at another time
    READY = "ready"  # nothing outside is left to do


@dataclass(frozen=True, slots=True, repr=False)
class Step:
    """The target that is asked next, and about whom."""

    whom: Whom
    target: Target


@dataclass(frozen=True, slots=True)
class Looked:
    """What came of a try that did not end well: why, and what is there now; None where nobody can tell."""

    error: Exception
    there: Counts | None


def next_steps(
    uow: UnitOfWork, claims: Sequence[Claim], targets: Sequence[Target]
) -> dict[UUID, Step | Halt | Exception]:
    """Return what is done next for each claimed order; those that are held are stopped here.

    An error is one order's own: the others go on.
    """
    ours, steps = _going(uow, claims)
    known = known_among(uow, [order.subject_id for order in ours.values()])
    kept = kept_among(uow, list(ours))
    rows = _by_order(uow, list(ours))
    here = {target.name: target for target in targets}
    asked: dict[UUID, Target] = {}
    for order_id, order in ours.items():
        left = [row for row in rows.get(order_id, ()) if row.state is not TargetState.CONFIRMED]
        if order.subject_id not in known or order_id in kept:
            is_left = order.subject_id not in known and order.cause_kind == REPLAY and _left_to_hand(uow, left)
            steps[order_id] = Halt.WAITING if is_left else Halt.READY
            continue
        for row in left:
            if row.name not in here:
                _give_up(uow, row)
        left = [row for row in left if row.name in here or row.found is not None]
        due = [row for row in left if row.name in here and row.next_try_at <= uow.now]
        if due:
            asked[order_id] = here[due[0].name]
        else:
            steps[order_id] = Halt.WAITING if left else Halt.READY
    people = reveal_many(uow, [ours[order_id].subject_id for order_id in asked])
    for order_id, target in asked.items():
        known_by = people[ours[order_id].subject_id]
        if isinstance(known_by, KnownBy):
            steps[order_id] = Step(Whom.known(order_id, known_by.ref, known_by.identifiers), target)
        else:
            steps[order_id] = known_by
    return steps


def begin_tries(
    uow: UnitOfWork, claims: Sequence[Claim], name: str, there: Mapping[UUID, Counts]
) -> dict[UUID, Counts]:
    """Record that a target is about to erase, and what is ``there`` now; returns what it is told was found before.

    Once some of that is known to be gone, it is told nothing: zero rows are right then, and so is the answer of before.
    Orders that are held by now, or claimed by others, are left out: for them nothing may be called.
    """
    ours, _ = _going(uow, claims)
    told, changes = {}, []
    for row in _of_target(uow, ours, name):
        now = there[row.order_id]
        lost = row.lost if row.before is None else added(row.lost, missing(row.before, now))
        # Who is erased again was erased there before: it may be that nothing is left but what stays.
        first = {} if ours[row.order_id].cause_kind == REPLAY else now
        found = first if row.found is None else row.found
        begun = {"state": TargetState.RUNNING, "attempts": row.attempts + 1, "last_error": None}
        changes.append((row, begun | {"found": dict(found), "before": dict(now), "lost": lost}))
        told[row.order_id] = {} if any(in_all(row.erased, lost).values()) else found
    _note(uow, changes)
    return told


def record(
    uow: UnitOfWork, claims: Sequence[Claim], name: str, answers: Mapping[UUID, Erased | Looked]
) -> dict[UUID, TargetState]:
    """Record what a target has answered for each order: confirmed, ask later, failed, or what cannot be true.

    Orders that others have claimed meanwhile are left out.
    """
    ours = check_claims(uow, claims)
    changes = [(row, _answered(row, answers[row.order_id], uow.now)) for row in _of_target(uow, ours, name)]
    _note(uow, changes)
    return {row.order_id: values["state"] for row, values in changes}


def stop_if_held(uow: UnitOfWork, claim: Claim) -> bool:
    """Stop a claimed order where a hold covers it by now.

    Raises:
        ClaimOverError: The claim is over.
    """
    order = check_claim(uow, claim)
    held = why_held(uow, order.subject_id)
    if held is not None:
        hold_order(uow, order.id, held)
    return held is not None


def _going(uow: UnitOfWork, claims: Sequence[Claim]) -> tuple[dict[UUID, Claimed], dict[UUID, Step | Halt | Exception]]:
    """Return the orders that may go on, and why the others may not; a hold stops its orders."""
    ours = check_claims(uow, claims)
    held = held_orders(uow, list(ours))
    for order_id, hold in held.items():
        hold_order(uow, order_id, hold)
    halts: dict[UUID, Step | Halt | Exception] = {
        claim.order_id: Halt.HELD if claim.order_id in held else Halt.OVER
        for claim in claims
        if claim.order_id in held or claim.order_id not in ours
    }
    return {order_id: order for order_id, order in ours.items() if order_id not in held}, halts


def _left_to_hand(uow: UnitOfWork, left: Sequence[Any]) -> bool:  # Any: result rows
    """Say whether places have not confirmed that nobody can be asked about any more; they are brought to mind again."""
    error = IdentifiersGoneError("Nobody can say any more whom to erase there.")
    _note(uow, [(row, _failed(row.attempts + 1, error, uow.now)) for row in left])
    return bool(left)


def _give_up(uow: UnitOfWork, row: Any) -> None:  # Any: a result row
    """Let go of a target that is no longer described: silently only where nobody had asked it yet."""
    if row.found is not None:
        error = TargetGoneError("Describe this target again.")
        _note(uow, [(row, _failed(row.attempts, error, uow.now))])
        return
    uow.session.execute(
        delete(_TARGETS).where(
            _TARGETS.c.operator_id == uow.operator_id,
            _TARGETS.c.order_id == row.order_id,
            _TARGETS.c.name == row.name,
        )
    )


def _answered(row: Any, answer: Erased | Looked, now: datetime) -> Values:  # Any: a result row
    if isinstance(answer, Looked):
        return _not_answered(row, answer, now)
    lost = not_told_again(row.lost, answer.counts, row.before or {})
    counts = added(row.erased, answer.counts)
    values: Values = {
        "erased": counts,
        "lost": lost,
        "before": None,
        "method": answer.method,
        "k": {**row.k, **answer.k},
        "kept": {table: {"rows": one.rows, "basis": one.basis} for table, one in answer.kept.items()},
    }
    if answer.outcome is Outcome.LATER:
        values |= {"before": less(row.before or {}, answer.counts)}  # what it takes away until it is asked again counts
        again_at = now + pause(row.attempts, LONGEST_WAIT)
        return values | {"state": TargetState.LATER, "next_try_at": again_at}
    to_go = {table: rows for table, rows in (row.found or {}).items() if table not in answer.kept}
    wrong = _wrong(to_go, in_all(counts, lost), answer.left)
    if wrong is not None:
        return values | _failed(row.attempts, wrong, now)
    return values | {"state": TargetState.CONFIRMED, "confirmed_at": now}


def _not_answered(row: Any, looked: Looked, now: datetime) -> Values:  # Any: a result row
    tried = row.attempts if row.state is TargetState.RUNNING else row.attempts + 1  # it may not even be looked into
    values = _failed(tried, looked.error, now)
    if looked.there is not None and row.before is not None:
        values |= {"lost": added(row.lost, missing(row.before, looked.there)), "before": None}
    return values


def _wrong(to_go: Counts, counts: Counts, left: Counts) -> ConsentServiceError | None:
    if any(left.values()):
        return StillThereError("Reading back found rows that were to be gone.")
    if any(to_go.values()) and not any(counts.values()):
        return NothingErasedError("Rows had been found that were to go, and none of them is gone.")
    return None


def _failed(attempts: int, error: Exception, now: datetime) -> Values:
    return {
        "state": TargetState.FAILED,
        "attempts": attempts,
        "last_error": code_of(error),
        "next_try_at": now + pause(attempts, LONGEST_PAUSE),
    }


def _by_order(uow: UnitOfWork, order_ids: Sequence[UUID]) -> dict[UUID, list[Any]]:  # Any: result rows
    found: dict[UUID, list[Any]] = {}
    for row in rows_of(uow, order_ids):
        found.setdefault(row.order_id, []).append(row)
    return found


def _of_target(uow: UnitOfWork, ours: Mapping[UUID, Claimed], name: str) -> list[Any]:  # Any: as above
    return [row for row in rows_of(uow, list(ours)) if row.name == name]


def _note(uow: UnitOfWork, changes: Sequence[tuple[Any, Values]]) -> None:  # Any: a result row
    """Write what has changed of some targets."""
    if changes:
        uow.session.execute(
            update(_TARGETS)
            .where(
                _TARGETS.c.operator_id == uow.operator_id,
                _TARGETS.c.order_id == bindparam("of_order"),
                _TARGETS.c.name == bindparam("of_name"),
            )
            .values({name: bindparam(f"new_{name}") for name in _KEPT}),
            [
                {"of_order": row.order_id, "of_name": row.name}
                | {f"new_{name}": values.get(name, getattr(row, name)) for name in _KEPT}
                for row, values in changes
            ],
        )
