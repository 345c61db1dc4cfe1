"""Checks of everything that is kept: one at a time, carried out by a worker, taken over where that dies.

What is ordered while one waits or is under way is that one.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, or_, select, update

from consent_service.evidence.queries import begun_since
from consent_service.evidence.rules import night_before
from consent_service.evidence.tables import LedgerCheck
from consent_service.kernel.db import changed_rows, insert_or_skip, table_of
from consent_service.kernel.errors import ConflictError
from consent_service.kernel.ids import new_id
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.verifying import Verdict

LEASE = timedelta(minutes=10)
MOST_ATTEMPTS = 3
KEPT = timedelta(days=400)
WORKER_DIED = "WorkerDied"
_CHECKS = table_of(LedgerCheck)
_COUNTS = ("events", "holes", "waiting", "leaves", "heads", "anchors", "records", "found")


class CheckTakenOverError(ConflictError):
    """Another worker carries the check out meanwhile."""

    code = "ledger-check-taken-over"


@dataclass(frozen=True, slots=True)
class Claim:
    """A check that a worker has taken up: until it is done nobody else carries it out, as long as it goes on."""

    check_id: UUID
    token: UUID


def order_check(uow: UnitOfWork) -> bool:
    """Order a check; false where one waits or is under way already, which is the one that was asked for."""
    return _order(uow, str(uow.actor))


def order_of_night(uow: UnitOfWork) -> bool:
    """Order the check of the night, unless one has begun since it was due."""
    return not begun_since(uow.session, night_before(uow.now)) and _order(uow, None)


def claim_check(uow: UnitOfWork) -> Claim | None:
    """Take up the check that waits, or whose worker died; None: there is none.

    One that was tried three times in vain has ended, with nothing proven.
    """
    row = uow.session.execute(
        select(_CHECKS.c.id, _CHECKS.c.attempts)
        .where(_CHECKS.c.is_open.is_(True), or_(_CHECKS.c.claimed_until.is_(None), _CHECKS.c.claimed_until <= uow.now))
        .with_for_update(skip_locked=True)
    ).first()
    if row is None:
        return None
    if row.attempts >= MOST_ATTEMPTS:
        _end(uow, _CHECKS.c.id == row.id, error=WORKER_DIED)
        return None
    claim = Claim(row.id, new_id(uow.now))
    begun = {"begun_at": uow.now, "looking_at": None, "looked_at": 0, "attempts": row.attempts + 1}
    _set(uow, _CHECKS.c.id == row.id, **begun, claim=claim.token, claimed_until=uow.now + LEASE)
    return claim


def note_progress(uow: UnitOfWork, claim: Claim, what: str, count: int) -> None:
    """Note what is looked at and how many were so far, and hold the claim for longer.

    Raises:
        CheckTakenOverError: Another worker carries it out now.
    """
    _still_mine(_set(uow, _mine(claim), looking_at=what, looked_at=count, claimed_until=uow.now + LEASE))


def finish_check(uow: UnitOfWork, claim: Claim, verdict: Verdict) -> None:
    """Keep what a check came to.

    Raises:
        CheckTakenOverError: Another worker carries it out now.
    """
    _still_mine(_end(uow, _mine(claim), **{name: getattr(verdict, name) for name in _COUNTS}))


def give_back(uow: UnitOfWork, claim: Claim, error: str) -> None:
    """Let a check that could not be carried out be tried again, three times in all; ``error``: the class of why."""
    tried_enough = _CHECKS.c.attempts >= MOST_ATTEMPTS
    _end(uow, _mine(claim) & tried_enough, error=error)
    _set(uow, _mine(claim), claim=None, claimed_until=uow.now)


def forget_checks(uow: UnitOfWork, limit: int) -> int:
    """Remove checks that ended long ago.  Returns how many."""
    old = select(_CHECKS.c.id).where(_CHECKS.c.ended_at < uow.now - KEPT).limit(limit)
    return changed_rows(uow.session.execute(delete(_CHECKS).where(_CHECKS.c.id.in_(old))))


def _order(uow: UnitOfWork, by: str | None) -> bool:
    values = dict.fromkeys((*_COUNTS, "attempts", "looked_at"), 0)
    order = {"id": new_id(uow.now), "is_open": True, "ordered_by": by, "ordered_at": uow.now}
    made = insert_or_skip(uow.session, _CHECKS).values(values | order).returning(_CHECKS.c.id)
    return uow.session.scalar(made) is not None


def _end(uow: UnitOfWork, which: Any, **values: Any) -> int:  # Any: a condition; column values
    return _set(uow, which, is_open=None, claim=None, claimed_until=None, ended_at=uow.now, **values)


def _set(uow: UnitOfWork, which: Any, **values: Any) -> int:  # Any: as above
    return changed_rows(uow.session.execute(update(_CHECKS).where(which).values(values)))


def _mine(claim: Claim) -> Any:  # Any: as above
    return (_CHECKS.c.id == claim.check_id) & (_CHECKS.c.claim == claim.token)


def _still_mine(changed: int) -> None:
    if not changed:
        raise CheckTakenOverError("Another worker carries this check out now.")
