"""Signing in with a password: what is compared, and how tries are slowed down without locking anybody out.

Failures count for an account from one network, or from one browser that it has signed in with before.  So whoever tries
passwords elsewhere slows down nobody but themselves.  Only very many failures from everywhere together slow down
browsers that the account does not know yet; one that it knows still comes in at once.

Failures at an account are recorded by their number, and later: an answer takes as long whether or not there is one.
"""

from collections import Counter as Sums
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, delete, select, update

from consent_service.accounts.devices import device_hash, is_known
from consent_service.accounts.recording import record
from consent_service.accounts.tables import SignInFailure
from consent_service.kernel.crypto import blind_index
from consent_service.kernel.db import changed_rows, insert_or_skip, table_of
from consent_service.kernel.errors import CredentialError
from consent_service.kernel.uow import Actor, UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.operators import passwords
from consent_service.operators.staff import account_at

FREE_TRIES = 5
FREE_TRIES_EVERYWHERE = 50
PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(minutes=15)
FAILURES_KEPT = timedelta(days=1)
_FAILURES = table_of(SignInFailure)
_TELLER = Actor("system", "sign-ins")  # a failure is nobody's act


@dataclass(frozen=True, slots=True)
class TriedFrom:
    """Where somebody tries to sign in: a network, and the cookie of a browser that has been here before."""

    network: str = ""
    device: str = ""


@dataclass(frozen=True, slots=True)
class Counter:
    """Whose failures count together, and how many of them are free."""

    who: bytes
    free: int


@dataclass(frozen=True, slots=True, repr=False)
class SignInAttempt:
    """What a sign-in is checked against; the check itself holds no transaction."""

    staff_id: UUID | None
    password_hash: str
    counters: tuple[Counter, ...]
    must_wait: bool


def begin_sign_in(uow: UnitOfWork, email: str, tried_from: TriedFrom) -> SignInAttempt:
    """Read what a sign-in is checked against."""
    account = account_at(uow, email)
    staff_id, password_hash = account or (None, passwords.of_nobody())
    counters = _counters(uow, email.strip().lower(), staff_id, tried_from)
    return SignInAttempt(staff_id, password_hash, counters, any(_must_wait(uow, one) for one in counters))


def is_right(attempt: SignInAttempt, password: str) -> bool:
    """Compare a password, for a tenth of a second and outside any transaction; for nobody it takes as long."""
    return passwords.matches(attempt.password_hash, password) and attempt.staff_id is not None


def finish_sign_in(uow: UnitOfWork, attempt: SignInAttempt, *, right: bool) -> UUID:
    """Return who signs in.

    After five failures tries are slowed down, longer each time; an account is never locked, and a try during the pause
    counts for nothing.

    Raises:
        CredentialError: Address or password is wrong, or it was tried too often just now; the answers look alike.
    """
    if right and attempt.staff_id is not None and not attempt.must_wait:
        nearest = attempt.counters[0].who  # what failed elsewhere goes on counting for elsewhere
        _tell(uow, _FAILURES.c.who == nearest)
        uow.session.execute(delete(_FAILURES).where(_FAILURES.c.who == nearest))
        return attempt.staff_id
    if not attempt.must_wait:
        for place, one in enumerate(attempt.counters):
            _note_failure(uow, one.who, attempt.staff_id if place == 0 else None)
    raise CredentialError(
        "The address or the password is wrong, or it was tried too often. Wait a little and try again."
    )


def tell_failures(uow: UnitOfWork, limit: int) -> int:
    """Record at each account how many more sign-ins failed since it was last told; returns how many accounts."""
    return _tell(uow, _FAILURES.c.failures > _FAILURES.c.told, limit)


def _tell(uow: UnitOfWork, which: ColumnElement[bool], limit: int = 1) -> int:
    rows = uow.session.execute(
        select(_FAILURES.c.who, _FAILURES.c.staff_id, _FAILURES.c.failures, _FAILURES.c.told)
        .where(which, _FAILURES.c.staff_id.is_not(None), _FAILURES.c.failures > _FAILURES.c.told)
        .order_by(_FAILURES.c.who)
        .limit(limit)
        .with_for_update(skip_locked=True)  # who holds them tells them; waiting here, each could wait for the other
    ).all()
    failed: Sums[UUID] = Sums()
    for row in rows:
        failed[row.staff_id] += row.failures - row.told
        uow.session.execute(update(_FAILURES).where(_FAILURES.c.who == row.who).values(told=row.failures))
    for staff_id in sorted(failed):
        record(replace(uow, actor=_TELLER), EventType.SIGN_INS_FAILED, staff_id, failures=failed[staff_id])
    return len(failed)


def forget_failures(uow: UnitOfWork) -> int:
    """Forget failed sign-ins of which the last was more than a day ago; returns how many."""
    gone = uow.session.execute(delete(_FAILURES).where(_FAILURES.c.last_at < uow.now - FAILURES_KEPT))
    return changed_rows(gone)


def _counters(uow: UnitOfWork, address: str, staff_id: UUID | None, tried_from: TriedFrom) -> tuple[Counter, ...]:
    if staff_id is not None and is_known(uow, staff_id, tried_from.device):
        return (_counter(uow, f"device|{staff_id}|{device_hash(uow, tried_from.device).hex()}", FREE_TRIES),)
    return (
        _counter(uow, f"network|{address}|{tried_from.network}", FREE_TRIES),
        _counter(uow, f"everywhere|{address}", FREE_TRIES_EVERYWHERE),
    )


def _counter(uow: UnitOfWork, who: str, free: int) -> Counter:
    return Counter(blind_index(uow.keys.derived("sign-in-failures|v1"), who), free)


def _note_failure(uow: UnitOfWork, who: bytes, staff_id: UUID | None) -> None:
    values = {"who": who, "failures": 0, "last_at": uow.now, "staff_id": staff_id, "told": 0}
    first = insert_or_skip(uow.session, _FAILURES).values(values)
    uow.session.execute(first)
    row = uow.session.get(SignInFailure, who, with_for_update=True, populate_existing=True)
    if row is not None:
        row.failures += 1
        row.last_at = uow.now
        row.staff_id = staff_id  # the address may have got an account, or another one, since


def _must_wait(uow: UnitOfWork, one: Counter) -> bool:
    row = uow.session.get(SignInFailure, one.who)
    if row is None or row.failures < one.free:
        return False
    pause: timedelta = min(PAUSE * int(2 ** min(row.failures - one.free, 10)), LONGEST_PAUSE)
    return uow.now < row.last_at + pause
