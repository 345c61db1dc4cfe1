"""Sessions that are opened and ended by whoever they belong to, each recorded in the stream of the account."""

from datetime import datetime
from uuid import UUID

from consent_service.accounts.recording import record
from consent_service.kernel.errors import NotFoundError
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.operators.sessions import (
    SeenFrom,
    SignedIn,
    list_sessions,
    open_session,
    revoke_all_sessions,
    revoke_session,
)


def come_in(uow: UnitOfWork, staff_id: UUID, seen_from: SeenFrom, proved_at: datetime | None = None) -> str:
    """Open a session for somebody who has shown who they are, and return its token; see ``open_session``."""
    record(uow, EventType.SIGNED_IN, staff_id)
    return open_session(uow, staff_id, seen_from, proved_at)


def go_out(uow: UnitOfWork, session: SignedIn, *, everywhere: bool = False) -> None:
    """End the session at hand, or every one of its account."""
    if everywhere:
        ended = revoke_all_sessions(uow, session.staff_id)
    else:
        revoke_session(uow, session.staff_id, session.id)
        ended = 1
    record(uow, EventType.SIGNED_OUT, session.staff_id, sessions=ended)


def end_one(uow: UnitOfWork, session: SignedIn, named: str) -> None:
    """End a session of the same account, such as one on a telephone that is lost.

    Raises:
        NotFoundError: The account has no such session in force.
    """
    mine = {str(one.id): one.id for one in list_sessions(uow, session.staff_id)}
    if named not in mine:
        raise NotFoundError("There is no such session.")
    revoke_session(uow, session.staff_id, mine[named])
    record(uow, EventType.SESSIONS_ENDED, session.staff_id, sessions=1)


def end_others(uow: UnitOfWork, session: SignedIn) -> None:
    """End every session of the account but the one at hand."""
    ended = revoke_all_sessions(uow, session.staff_id, but=session.id)
    if ended:
        record(uow, EventType.SESSIONS_ENDED, session.staff_id, sessions=ended)
