"""Sessions of the dashboard: kept on the server by the hash of their token, listed, and ended at once."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, delete, insert, or_, select, update

from consent_service.kernel.crypto import blind_index
from consent_service.kernel.db import changed_rows, table_of
from consent_service.kernel.errors import NotFoundError
from consent_service.kernel.ids import new_id, new_token
from consent_service.kernel.sealed_columns import SealedColumn
from consent_service.kernel.uow import UnitOfWork
from consent_service.operators.access import Role
from consent_service.operators.addresses import open_address
from consent_service.operators.tables import Operator, StaffMember, StaffRole, StaffSession

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)
SEEN_EVERY = timedelta(minutes=1)
PROVEN = timedelta(minutes=10)  # how long it counts that somebody has said who they are
SESSIONS_KEPT = timedelta(days=1)
_SESSIONS = table_of(StaffSession)
SEEN_FROM = SealedColumn(_SESSIONS.c.seen_from_sealed)


@dataclass(frozen=True, slots=True)
class Place:
    """What a member of staff is at one operator."""

    operator_id: int
    slug: str
    role: Role
    is_closed: bool = False  # being ended: how far that is can be seen, and nothing else


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session in force."""

    id: UUID
    staff_id: UUID
    email: str
    csrf_token: str
    seen_at: datetime
    proved_at: datetime
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class SeenFrom:
    """Roughly where a session was opened: the family of the browser, and a network instead of an address."""

    browser: str = ""
    network: str = ""


@dataclass(frozen=True, slots=True)
class SessionLine:
    """A session as its owner sees it."""

    id: UUID
    created_at: datetime
    seen_at: datetime
    seen_from: SeenFrom


def open_session(
    uow: UnitOfWork, staff_id: UUID, seen_from: SeenFrom = SeenFrom(), proved_at: datetime | None = None
) -> str:
    """Open a session and return its token, which is kept only as a hash; ``proved_at`` is now, unless given."""
    token = new_token()
    token_hash = _token_hash(uow, token)
    where = json.dumps({"browser": seen_from.browser, "network": seen_from.network}).encode()
    uow.session.execute(
        insert(_SESSIONS).values(
            token_hash=token_hash,
            id=new_id(uow.now),
            staff_id=staff_id,
            csrf_token=new_token(),
            seen_from_sealed=SEEN_FROM.seal(uow, where, token_hash),
            created_at=uow.now,
            seen_at=uow.now,
            proved_at=proved_at or uow.now,
            expires_at=uow.now + LONGEST,
            revoked_at=None,
        )
    )
    return token


def find_session(uow: UnitOfWork, token: str) -> SignedIn | None:
    """Return the session of a token; None when it is over, idle for 30 minutes, or revoked."""
    row = uow.session.execute(
        select(
            _SESSIONS.c.id,
            _SESSIONS.c.staff_id,
            _SESSIONS.c.csrf_token,
            _SESSIONS.c.seen_at,
            _SESSIONS.c.proved_at,
            StaffMember.email_sealed,
        )
        .join(StaffMember, StaffMember.id == _SESSIONS.c.staff_id)
        .where(_SESSIONS.c.token_hash == _token_hash(uow, token), *_in_force(uow), StaffMember.disabled_at.is_(None))
    ).first()
    if row is None:
        return None
    places = uow.session.execute(
        select(StaffRole.operator_id, Operator.slug, StaffRole.role, Operator.closed_at.is_not(None))
        .join(Operator, Operator.id == StaffRole.operator_id)
        .where(StaffRole.staff_id == row.staff_id)
        .order_by(Operator.slug)
    )
    return SignedIn(
        row.id,
        row.staff_id,
        open_address(uow, row.staff_id, row.email_sealed),
        row.csrf_token,
        row.seen_at,
        row.proved_at,
        tuple(Place(*place) for place in places),
    )


def list_sessions(uow: UnitOfWork, staff_id: UUID) -> list[SessionLine]:
    """Return the sessions of an account that are in force, the one used last first."""
    rows = uow.session.execute(
        select(
            _SESSIONS.c.token_hash,
            _SESSIONS.c.id,
            _SESSIONS.c.created_at,
            _SESSIONS.c.seen_at,
            _SESSIONS.c.seen_from_sealed,
        )
        .where(_SESSIONS.c.staff_id == staff_id, *_in_force(uow))
        .order_by(_SESSIONS.c.seen_at.desc(), _SESSIONS.c.id.desc())
    )
    return [
        SessionLine(
            row.id,
            row.created_at,
            row.seen_at,
            SeenFrom(**json.loads(SEEN_FROM.open(uow, row.seen_from_sealed, row.token_hash))),
        )
        for row in rows
    ]


def touch_session(uow: UnitOfWork, session_id: UUID) -> None:
    """Remember that a session is in use."""
    uow.session.execute(update(_SESSIONS).where(_SESSIONS.c.id == session_id).values(seen_at=uow.now))


def note_proof(uow: UnitOfWork, session_id: UUID) -> None:
    """Remember that the person in a session has just said again who they are."""
    uow.session.execute(update(_SESSIONS).where(_SESSIONS.c.id == session_id).values(proved_at=uow.now))


def revoke_session(uow: UnitOfWork, staff_id: UUID, session_id: UUID) -> None:
    """End a session of an account at once.

    Raises:
        NotFoundError: The account has no such session in force.
    """
    ended = uow.session.execute(
        update(_SESSIONS)
        .where(_SESSIONS.c.id == session_id, _SESSIONS.c.staff_id == staff_id, _SESSIONS.c.revoked_at.is_(None))
        .values(revoked_at=uow.now)
    )
    if not changed_rows(ended):
        raise NotFoundError("There is no such session.")


def revoke_all_sessions(uow: UnitOfWork, staff_id: UUID, but: UUID | None = None) -> int:
    """End every session of a member of staff, or all but one; returns how many were in force."""
    ended = update(_SESSIONS).where(_SESSIONS.c.staff_id == staff_id, _SESSIONS.c.revoked_at.is_(None))
    if but is not None:
        ended = ended.where(_SESSIONS.c.id != but)
    return changed_rows(uow.session.execute(ended.values(revoked_at=uow.now)))


def forget_sessions(uow: UnitOfWork, limit: int) -> int:
    """Forget sessions a day after they were over or revoked; returns how many."""
    before = uow.now - SESSIONS_KEPT
    over = or_(_SESSIONS.c.expires_at <= before, _SESSIONS.c.revoked_at <= before)
    old = select(_SESSIONS.c.token_hash).where(over).limit(limit)
    return changed_rows(uow.session.execute(delete(_SESSIONS).where(_SESSIONS.c.token_hash.in_(old))))


def _in_force(uow: UnitOfWork) -> tuple[ColumnElement[bool], ...]:
    return (
        _SESSIONS.c.id.is_not(None),  # of an earlier release: sign in again
        _SESSIONS.c.revoked_at.is_(None),
        _SESSIONS.c.expires_at > uow.now,
        _SESSIONS.c.seen_at > uow.now - IDLE,
    )


def _token_hash(uow: UnitOfWork, token: str) -> bytes:
    return blind_index(uow.keys.derived("staff-session|v1"), token)
