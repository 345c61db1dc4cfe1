"""Who may sign in: accounts, and sessions that can be revoked."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Column, ColumnElement, delete, insert, or_, select, update

from consent_service.kernel.crypto import blind_index
from consent_service.kernel.db import changed_rows, table_of
from consent_service.kernel.errors import CredentialError, InvalidInputError, NotFoundError
from consent_service.kernel.ids import new_id, new_token
from consent_service.kernel.keys import epoch_prefix
from consent_service.kernel.sealed_columns import SealedColumn
from consent_service.kernel.uow import UNBOUND, UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.service import append, operator_stream
from consent_service.operators import passwords
from consent_service.operators.access import Role
from consent_service.operators.service import lock_operator
from consent_service.operators.tables import Operator, StaffMember, StaffRole, StaffSession

ADDRESS = SealedColumn(table_of(StaffMember).c.email_sealed)
ADDRESS_INDEX: Column[bytes] = table_of(StaffMember).c.email_index
LONGEST_ADDRESS = 256
_EMAIL = "staff-email"
_SESSIONS = table_of(StaffSession)
IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)
SESSIONS_KEPT = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Place:
    """What a member of staff is at one operator."""

    operator_id: int
    slug: str
    role: Role


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session in force."""

    staff_id: UUID
    email: str
    csrf_token: str
    seen_at: datetime
    places: tuple[Place, ...]


def add_staff(uow: UnitOfWork, email: str, password: str, role: Role) -> UUID:
    """Add somebody to an operator; an address that is known keeps its password and gets the role.

    Raises:
        InvalidInputError: The address or the password cannot be taken.
    """
    address = email.strip().lower()
    if "@" not in address or len(address) > LONGEST_ADDRESS:
        raise InvalidInputError.of("email", "Write an e-mail address.")
    lock_operator(uow)
    staff_id = uow.session.scalar(select(StaffMember.id).where(has_email(uow, address)))
    if staff_id is None:
        staff_id = new_id(uow.now)
        uow.session.execute(
            insert(StaffMember).values(
                id=staff_id,
                email_index=email_index(uow, address),
                email_sealed=ADDRESS.seal(uow, address.encode(), staff_id),
                password_hash=passwords.hash_new(password),
                language="kk",
                created_at=uow.now,
                disabled_at=None,
            )
        )
    else:  # whoever was disabled comes back
        uow.session.execute(update(StaffMember).where(StaffMember.id == staff_id).values(disabled_at=None))
    uow.session.execute(
        delete(StaffRole).where(StaffRole.operator_id == uow.operator_id, StaffRole.staff_id == staff_id)
    )
    uow.session.execute(insert(StaffRole).values(operator_id=uow.operator_id, staff_id=staff_id, role=role))
    append(
        uow,
        EventType.STAFF_ADDED,
        operator_stream(uow.operator_id),
        {"staff": str(staff_id), "role": str(role)},
    )
    return staff_id


def staff_address(uow: UnitOfWork, staff_id: UUID) -> str | None:
    """Return the address of somebody who signs in, for a message to them; None once the account is closed."""
    row = uow.session.execute(
        select(StaffMember.email_sealed).where(StaffMember.id == staff_id, StaffMember.disabled_at.is_(None))
    ).first()
    return None if row is None else _open_address(uow, staff_id, row.email_sealed)


def staff_of(uow: UnitOfWork) -> list[tuple[str, Role]]:
    """Return who may sign in at the operator, by role and address: its list of access."""
    rows = uow.session.execute(
        select(StaffMember.id, StaffMember.email_sealed, StaffRole.role)
        .join(StaffRole, StaffRole.staff_id == StaffMember.id)
        .where(StaffRole.operator_id == uow.operator_id, StaffMember.disabled_at.is_(None))
    )
    return sorted(((_open_address(uow, row.id, row.email_sealed), row.role) for row in rows), key=lambda one: one[::-1])


def in_charge(uow: UnitOfWork) -> list[tuple[UUID, str]]:
    """Return those in charge of personal data at the operator, with the language each one reads."""
    rows = uow.session.execute(
        select(StaffMember.id, StaffMember.language)
        .join(StaffRole, StaffRole.staff_id == StaffMember.id)
        .where(StaffRole.operator_id == uow.operator_id, StaffRole.role == Role.DPO, StaffMember.disabled_at.is_(None))
        .order_by(StaffMember.id)
    )
    return [(row.id, row.language) for row in rows]


def set_password(uow: UnitOfWork, email: str, password: str) -> None:
    """Give an account a new password and end its sessions.

    Raises:
        InvalidInputError: The password cannot be taken.
        CredentialError: There is no such account.
    """
    staff_id = uow.session.scalar(
        update(StaffMember)
        .where(has_email(uow, email.strip().lower()))
        .values(password_hash=passwords.hash_new(password))
        .returning(StaffMember.id)
    )
    if staff_id is None:
        raise CredentialError("There is no such account; 'users add' makes one.")
    revoke_all_sessions(uow, staff_id)
    append(uow, EventType.STAFF_PASSWORD_SET, new_id(uow.now), {"staff": str(staff_id)})


def set_role(uow: UnitOfWork, email: str, role: Role) -> UUID:
    """Give somebody at the operator another role.

    Raises:
        NotFoundError: Nobody with this address is at the operator.
    """
    lock_operator(uow)
    staff_id = _at_operator(uow, email)
    changed = update(StaffRole).where(StaffRole.operator_id == uow.operator_id, StaffRole.staff_id == staff_id)
    uow.session.execute(changed.values(role=role))
    facts = {"staff": str(staff_id), "role": str(role)}
    append(uow, EventType.STAFF_ROLE_SET, operator_stream(uow.operator_id), facts)
    return staff_id


def disable_staff(uow: UnitOfWork, email: str) -> UUID:
    """Take somebody's role at the operator away; whoever has none left is signed out and cannot sign in.

    Raises:
        NotFoundError: Nobody with this address is at the operator.
    """
    lock_operator(uow)
    staff_id = _at_operator(uow, email)
    mine = (StaffRole.operator_id == uow.operator_id, StaffRole.staff_id == staff_id)
    uow.session.execute(delete(StaffRole).where(*mine))
    if uow.session.scalar(select(StaffRole.operator_id).where(StaffRole.staff_id == staff_id).limit(1)) is None:
        uow.session.execute(update(StaffMember).where(StaffMember.id == staff_id).values(disabled_at=uow.now))
        revoke_all_sessions(uow, staff_id)
    append(uow, EventType.STAFF_REMOVED, operator_stream(uow.operator_id), {"staff": str(staff_id)})
    return staff_id


def open_session(uow: UnitOfWork, staff_id: UUID) -> str:
    """Open a session and return its token, which is kept only as a hash."""
    token = new_token()
    uow.session.execute(
        insert(StaffSession).values(
            token_hash=_token_hash(uow, token),
            staff_id=staff_id,
            csrf_token=new_token(),
            created_at=uow.now,
            seen_at=uow.now,
            expires_at=uow.now + LONGEST,
            revoked_at=None,
        )
    )
    return token


def find_session(uow: UnitOfWork, token: str) -> SignedIn | None:
    """Return the session of a token; None when it is over, idle for 30 minutes, or revoked."""
    row = uow.session.execute(
        select(StaffSession.staff_id, StaffSession.csrf_token, StaffSession.seen_at, StaffMember.email_sealed)
        .join(StaffMember, StaffMember.id == StaffSession.staff_id)
        .where(
            StaffSession.token_hash == _token_hash(uow, token),
            StaffSession.revoked_at.is_(None),
            StaffSession.expires_at > uow.now,
            StaffSession.seen_at > uow.now - IDLE,
            StaffMember.disabled_at.is_(None),
        )
    ).first()
    if row is None:
        return None
    places = uow.session.execute(
        select(StaffRole.operator_id, Operator.slug, StaffRole.role)
        .join(Operator, Operator.id == StaffRole.operator_id)
        .where(StaffRole.staff_id == row.staff_id)
        .order_by(Operator.slug)
    )
    email = _open_address(uow, row.staff_id, row.email_sealed)
    return SignedIn(row.staff_id, email, row.csrf_token, row.seen_at, tuple(Place(*place) for place in places))


def touch_session(uow: UnitOfWork, token: str) -> None:
    """Remember that a session is in use."""
    uow.session.execute(
        update(StaffSession).where(StaffSession.token_hash == _token_hash(uow, token)).values(seen_at=uow.now)
    )


def revoke_session(uow: UnitOfWork, token: str) -> None:
    """End a session at once."""
    uow.session.execute(
        update(StaffSession).where(StaffSession.token_hash == _token_hash(uow, token)).values(revoked_at=uow.now)
    )


def revoke_all_sessions(uow: UnitOfWork, staff_id: UUID) -> int:
    """End every session of a member of staff; returns how many were in force."""
    result = uow.session.execute(
        update(StaffSession)
        .where(StaffSession.staff_id == staff_id, StaffSession.revoked_at.is_(None))
        .values(revoked_at=uow.now)
    )
    return changed_rows(result)


def forget_sessions(uow: UnitOfWork, limit: int) -> int:
    """Forget sessions a day after they were over or revoked; returns how many."""
    before = uow.now - SESSIONS_KEPT
    over = or_(_SESSIONS.c.expires_at <= before, _SESSIONS.c.revoked_at <= before)
    old = select(_SESSIONS.c.token_hash).where(over).limit(limit)
    return changed_rows(uow.session.execute(delete(_SESSIONS).where(_SESSIONS.c.token_hash.in_(old))))


def _at_operator(uow: UnitOfWork, email: str) -> UUID:
    staff_id = uow.session.scalar(
        select(StaffMember.id)
        .join(StaffRole, StaffRole.staff_id == StaffMember.id)
        .where(has_email(uow, email.strip().lower()), StaffRole.operator_id == uow.operator_id)
    )
    if staff_id is None:
        raise NotFoundError("Nobody with this address is at the operator; 'users add' adds somebody.")
    return staff_id


def _open_address(uow: UnitOfWork, staff_id: UUID, sealed: bytes) -> str:
    return ADDRESS.open(uow, sealed, staff_id).decode()


def index_anew(uow: UnitOfWork, after: UUID | None, limit: int) -> tuple[int, UUID | None]:
    """Index some addresses under the current epoch.

    Returns how many, and the last one looked at: None when there are no more.
    """
    query = (
        select(StaffMember.id, StaffMember.email_sealed)
        .where(StaffMember.email_index < epoch_prefix(uow.keys.epoch))
        .order_by(StaffMember.id)
        .limit(limit)
    )
    rows = uow.session.execute(query if after is None else query.where(StaffMember.id > after)).all()
    for row in rows:
        index = email_index(uow, _open_address(uow, row.id, row.email_sealed))
        uow.session.execute(update(StaffMember).where(StaffMember.id == row.id).values(email_index=index))
    return len(rows), rows[-1].id if rows else None


def email_index(uow: UnitOfWork, address: str) -> bytes:
    """Return the index under which an address is stored now."""
    return uow.keys.index(UNBOUND, _EMAIL, address)


def has_email(uow: UnitOfWork, address: str) -> ColumnElement[bool]:
    """Return the condition that an account has an address."""
    return StaffMember.email_index.in_(uow.keys.indexes(UNBOUND, _EMAIL, address))


def _token_hash(uow: UnitOfWork, token: str) -> bytes:
    return blind_index(uow.keys.derived("staff-session|v1"), token)
