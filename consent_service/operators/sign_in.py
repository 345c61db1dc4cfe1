"""Signing in: what is compared, and how an address that failed is slowed down, never locked."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, select

from consent_service.kernel.db import changed_rows
from consent_service.kernel.errors import CredentialError
from consent_service.kernel.uow import UnitOfWork
from consent_service.operators import passwords
from consent_service.operators.staff import email_index, has_email
from consent_service.operators.tables import SignInFailure, StaffMember

FREE_TRIES = 5
PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(minutes=15)
FAILURES_KEPT = timedelta(days=1)


@dataclass(frozen=True, slots=True, repr=False)
class SignInAttempt:
    """What a sign-in is checked against; the check itself holds no transaction."""

    staff_id: UUID | None
    password_hash: str
    must_wait: bool


def begin_sign_in(uow: UnitOfWork, email: str) -> SignInAttempt:
    """Read what a sign-in is checked against."""
    address = email.strip().lower()
    index = email_index(uow, address)
    row = uow.session.execute(
        select(StaffMember.id, StaffMember.password_hash).where(
            has_email(uow, address), StaffMember.disabled_at.is_(None)
        )
    ).first()
    if row is None:
        return SignInAttempt(None, passwords.of_nobody(), _must_wait(uow, index))
    return SignInAttempt(row.id, row.password_hash, _must_wait(uow, index))


def is_right(attempt: SignInAttempt, password: str) -> bool:
    """Compare a password, for a tenth of a second and outside any transaction; for nobody it takes as long."""
    return passwords.matches(attempt.password_hash, password) and attempt.staff_id is not None


def finish_sign_in(uow: UnitOfWork, email: str, attempt: SignInAttempt, *, right: bool) -> UUID:
    """Return who signs in.

    After five failures an address is slowed down, longer each time, from wherever the tries come; it is never locked,
    and a try during the pause counts for nothing.

    Raises:
        CredentialError: Address or password is wrong, or it was tried too often just now; the answers look alike.
    """
    index = email_index(uow, email.strip().lower())
    if right and attempt.staff_id is not None and not attempt.must_wait:
        uow.session.execute(delete(SignInFailure).where(SignInFailure.who == index))
        return attempt.staff_id
    if not attempt.must_wait:
        _note_failure(uow, index)
    raise CredentialError(
        "The address or the password is wrong, or it was tried too often. Wait a little and try again."
    )


def forget_failures(uow: UnitOfWork) -> int:
    """Forget failed sign-ins of which the last was more than a day ago; returns how many addresses."""
    gone = uow.session.execute(delete(SignInFailure).where(SignInFailure.last_at < uow.now - FAILURES_KEPT))
    return changed_rows(gone)


def _note_failure(uow: UnitOfWork, index: bytes) -> None:
    row = uow.session.get(SignInFailure, index, with_for_update=True)
    if row is None:
        uow.session.add(SignInFailure(who=index, failures=1, last_at=uow.now))
    else:
        row.failures += 1
        row.last_at = uow.now


def _must_wait(uow: UnitOfWork, index: bytes) -> bool:
    row = uow.session.get(SignInFailure, index)
    if row is None or row.failures < FREE_TRIES:
        return False
    pause: timedelta = min(PAUSE * int(2 ** min(row.failures - FREE_TRIES, 10)), LONGEST_PAUSE)
    return uow.now < row.last_at + pause
