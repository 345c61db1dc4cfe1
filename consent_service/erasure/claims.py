"""Taking up what is due, many orders at once, and giving each back: to be tried again, or to wait for a target."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, select, update

from consent_service.erasure.holds import is_held
from consent_service.erasure.moves import move
from consent_service.erasure.states import DUE_FROM, OrderState, TargetState
from consent_service.erasure.tables import TO_DO, ErasureOrder, OrderTarget
from consent_service.erasure.targets import Target
from consent_service.kernel.db import insert_or_skip, table_of
from consent_service.kernel.errors import ConflictError, ConsentServiceError
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.service import append

LEASE = timedelta(minutes=5)
RETRY_AFTER = timedelta(minutes=5)
_ORDERS, _TARGETS = table_of(ErasureOrder), table_of(OrderTarget)


class ClaimOverError(ConflictError):
    """Another worker has taken an order up meanwhile, or it was stopped."""

    code = "claim-over"


@dataclass(frozen=True, slots=True)
class Claim:
    """One order that a worker has taken up; ``attempt`` tells its claim from the next worker's."""

    order_id: UUID
    attempt: int
    has_targets: bool


@dataclass(frozen=True, slots=True)
class Claimed:
    """An order that is claimed and locked: about whom it is, and what kind of cause it has."""

    id: UUID
    subject_id: UUID
    cause_kind: str


def claim_due(
    uow: UnitOfWork, targets: Sequence[Target] = (), *, limit: int = 1, cause_kind: str | None = None
) -> list[Claim]:
    """Claim due orders for five minutes, or those whose worker died; what is held is passed over.

    ``targets``: where else data of people lie; an order learns of each of them when it is claimed.
    """
    due = _ORDERS.c.state.in_(DUE_FROM) & (_ORDERS.c.run_after <= uow.now)
    abandoned = (_ORDERS.c.state == OrderState.RUNNING) & (_ORDERS.c.claimed_until <= uow.now)
    known = select(_TARGETS.c.name).where(
        _TARGETS.c.operator_id == _ORDERS.c.operator_id, _TARGETS.c.order_id == _ORDERS.c.id
    )
    query = select(_ORDERS.c.id, _ORDERS.c.attempts, known.exists().label("has_targets")).where(
        _ORDERS.c.operator_id == uow.operator_id,
        and_(TO_DO),
        due | abandoned,
        ~is_held(uow, _ORDERS.c.subject_id),
    )
    if cause_kind is not None:
        query = query.where(_ORDERS.c.cause_kind == cause_kind)
    rows = uow.session.execute(
        query.order_by(_ORDERS.c.due_on, _ORDERS.c.id).limit(limit).with_for_update(skip_locked=True)
    ).all()
    if not rows:
        return []
    move(
        uow,
        OrderState.RUNNING,
        _ORDERS.c.id.in_([row.id for row in rows]),
        attempts=_ORDERS.c.attempts + 1,
        claimed_until=uow.now + LEASE,
        started_at=func.coalesce(_ORDERS.c.started_at, uow.now),
        last_error=None,
    )
    _learn(uow, [row.id for row in rows], targets)
    return [Claim(row.id, row.attempts + 1, bool(row.has_targets or targets)) for row in rows]


def check_claims(uow: UnitOfWork, claims: Sequence[Claim]) -> dict[UUID, Claimed]:
    """Lock claimed orders and keep them for another five minutes; what another worker has taken up is left out."""
    attempts = {claim.order_id: claim.attempt for claim in claims}
    orders = uow.session.execute(
        select(_ORDERS.c.id, _ORDERS.c.subject_id, _ORDERS.c.cause_kind, _ORDERS.c.attempts)
        .where(
            _ORDERS.c.operator_id == uow.operator_id,
            _ORDERS.c.id.in_(attempts),
            _ORDERS.c.state == OrderState.RUNNING,
        )
        .order_by(_ORDERS.c.id)
        .with_for_update()
    )
    ours = {
        row.id: Claimed(row.id, row.subject_id, row.cause_kind) for row in orders if row.attempts == attempts[row.id]
    }
    if ours:
        uow.session.execute(
            update(_ORDERS)
            .where(_ORDERS.c.operator_id == uow.operator_id, _ORDERS.c.id.in_(ours))
            .values(claimed_until=uow.now + LEASE)
        )
    return ours


def check_claim(uow: UnitOfWork, claim: Claim) -> Claimed:
    """Lock one claimed order and keep it for another five minutes.

    Raises:
        ClaimOverError: Another worker has taken it up meanwhile, or it was stopped.
    """
    order = check_claims(uow, [claim]).get(claim.order_id)
    if order is None:
        raise ClaimOverError("This erasure order is claimed by another worker.")
    return order


def fail(uow: UnitOfWork, claim: Claim, error: Exception) -> None:
    """Record a failed attempt: the order stays open and is tried again; its day does not move."""
    failed = move(
        uow,
        OrderState.FAILED,
        _ORDERS.c.id == claim.order_id,
        _ORDERS.c.attempts == claim.attempt,
        claimed_until=None,
        run_after=uow.now + RETRY_AFTER,
        last_error=code_of(error),
    )
    if failed:
        facts = {"order": str(claim.order_id), "error": code_of(error)}
        append(uow, EventType.ERASURE_FAILED, claim.order_id, facts)


def postpone(uow: UnitOfWork, claim: Claim) -> bool:
    """Give an order back until the first of its targets is to be asked again; True where one of them has failed.

    Raises:
        ClaimOverError: The claim is over.
    """
    check_claim(uow, claim)
    open_targets = uow.session.execute(
        select(_TARGETS.c.state, _TARGETS.c.next_try_at, _TARGETS.c.last_error)
        .where(
            _TARGETS.c.operator_id == uow.operator_id,
            _TARGETS.c.order_id == claim.order_id,
            _TARGETS.c.state != TargetState.CONFIRMED,
        )
        .order_by(_TARGETS.c.next_try_at)
    ).all()
    again_at = open_targets[0].next_try_at
    failed = [row.last_error for row in open_targets if row.state is TargetState.FAILED]
    here = _ORDERS.c.id == claim.order_id
    if failed:
        move(uow, OrderState.FAILED, here, claimed_until=None, run_after=again_at, last_error=failed[0])
    else:
        move(uow, OrderState.RUNNING, here, claimed_until=again_at)
    return bool(failed)


def ask_at_once(uow: UnitOfWork, order_id: UUID, target: str) -> None:
    """Let an order ask a target at the next run of the worker that wanted to be asked later, such as when it is ready.

    Nothing happens where the target has confirmed, or the order is being worked on: it is asked again in time.
    """
    here = (_TARGETS.c.operator_id == uow.operator_id, _TARGETS.c.order_id == order_id, _TARGETS.c.name == target)
    waits = _TARGETS.c.state.in_((TargetState.LATER, TargetState.FAILED))
    uow.session.execute(update(_TARGETS).where(*here, waits).values(next_try_at=uow.now))
    resume_at_once(uow, order_id)


def resume_at_once(uow: UnitOfWork, order_id: UUID) -> None:
    """Let the next run of the worker take an order up that waits for one of its targets."""
    order = (_ORDERS.c.operator_id == uow.operator_id, _ORDERS.c.id == order_id)
    under_way = (
        select(_TARGETS.c.name)
        .where(
            _TARGETS.c.operator_id == uow.operator_id,
            _TARGETS.c.order_id == order_id,
            _TARGETS.c.state == TargetState.RUNNING,
        )
        .exists()
    )
    rests = (_ORDERS.c.state == OrderState.RUNNING) & (_ORDERS.c.claimed_until > uow.now) & ~under_way
    uow.session.execute(update(_ORDERS).where(*order, rests).values(claimed_until=uow.now))
    uow.session.execute(update(_ORDERS).where(*order, _ORDERS.c.state == OrderState.FAILED).values(run_after=uow.now))


def code_of(error: Exception) -> str:
    """Return how an error is kept: by its code or its kind, never by what it says."""
    return error.code if isinstance(error, ConsentServiceError) else type(error).__name__


def _learn(uow: UnitOfWork, order_ids: Sequence[UUID], targets: Sequence[Target]) -> None:
    rows = [
        target_row(uow, order_id, target.name, target.kind, position)
        for order_id in order_ids
        for position, target in enumerate(targets)
    ]
    if rows:
        uow.session.execute(insert_or_skip(uow.session, _TARGETS), rows)


def target_row(
    uow: UnitOfWork, order_id: UUID, name: str, kind: str, position: int
) -> dict[str, Any]:  # Any: column values
    """Return the row of a target that nobody has asked yet."""
    return {
        "operator_id": uow.operator_id,
        "order_id": order_id,
        "name": name,
        "position": position,
        "kind": kind,
        "state": TargetState.WAITING,
        "attempts": 0,
        "next_try_at": uow.now,
        "found": None,
        "before": None,
        "erased": {},
        "lost": {},
        "k": {},
        "kept": {},
        "method": None,
        "last_error": None,
        "confirmed_at": None,
        "reference": None,
    }
