"""Tickets: what was begun a moment ago and may be finished once."""

from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, delete, insert, select

from consent_service.accounts.tables import Ticket
from consent_service.kernel.crypto import blind_index
from consent_service.kernel.db import changed_rows, table_of
from consent_service.kernel.ids import new_token
from consent_service.kernel.uow import UnitOfWork

GOOD_FOR = timedelta(minutes=5)
_TICKETS = table_of(Ticket)


class Purpose(StrEnum):
    """What a ticket is for."""

    SECOND_STEP = "second_step"  # the password was right, the code is awaited
    PASSKEY_SIGN_IN = "passkey_sign_in"
    PASSKEY_NEW = "passkey_new"
    PROVIDER_SIGN_IN = "provider_sign_in"  # somebody was sent to the identity provider
    PROVIDER_ANEW = "provider_anew"  # the same, to say once more who they are


def issue(uow: UnitOfWork, purpose: Purpose, staff_id: UUID | None = None) -> str:
    """Return a token that is good for five minutes."""
    token = new_token()
    uow.session.execute(
        insert(_TICKETS).values(
            token_hash=_hash(uow, token), purpose=str(purpose), staff_id=staff_id, expires_at=uow.now + GOOD_FOR
        )
    )
    return token


def holder_of(uow: UnitOfWork, purpose: Purpose, token: str) -> UUID | None:
    """Return whose ticket it is, and leave it good; None where it is not or no longer good."""
    row = uow.session.execute(select(_TICKETS.c.staff_id).where(*_good(uow, purpose, token))).first()
    return None if row is None else row.staff_id


def begun_at(uow: UnitOfWork, purpose: Purpose, token: str) -> datetime | None:
    """Return when a ticket was issued, and leave it good; None where it is not or no longer good."""
    expires_at = uow.session.scalar(select(_TICKETS.c.expires_at).where(*_good(uow, purpose, token)))
    return None if expires_at is None else expires_at - GOOD_FOR


def redeem(uow: UnitOfWork, purpose: Purpose, token: str, staff_id: UUID | None = None) -> bool:
    """Use a ticket up; False where it is not good, was used before, or belongs to somebody else."""
    used = delete(_TICKETS).where(*_good(uow, purpose, token), _TICKETS.c.staff_id.is_not_distinct_from(staff_id))
    return bool(changed_rows(uow.session.execute(used)))


def forget_tickets(uow: UnitOfWork, limit: int) -> int:
    """Forget tickets that are no longer good; returns how many."""
    old = select(_TICKETS.c.token_hash).where(_TICKETS.c.expires_at <= uow.now).limit(limit)
    return changed_rows(uow.session.execute(delete(_TICKETS).where(_TICKETS.c.token_hash.in_(old))))


def _good(uow: UnitOfWork, purpose: Purpose, token: str) -> tuple[ColumnElement[bool], ...]:
    return (
        _TICKETS.c.token_hash == _hash(uow, token),
        _TICKETS.c.purpose == str(purpose),
        _TICKETS.c.expires_at > uow.now,
    )


def _hash(uow: UnitOfWork, token: str) -> bytes:
    return blind_index(uow.keys.derived("sign-in-ticket|v1"), token)
