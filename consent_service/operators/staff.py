"""Who may sign in: accounts, and what each is at an operator."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete, insert, select, update

from consent_service.kernel.db import changed_rows
from consent_service.kernel.errors import CredentialError, InvalidInputError, NotFoundError
from consent_service.kernel.ids import new_id
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.bodies import bodies_of
from consent_service.ledger.events import EventType
from consent_service.ledger.service import append, operator_stream
from consent_service.operators import passwords
from consent_service.operators.access import Role
from consent_service.operators.addresses import ADDRESS, email_index, has_email, open_address
from consent_service.operators.service import lock_operator
from consent_service.operators.sessions import revoke_all_sessions
from consent_service.operators.tables import StaffMember, StaffRole

LONGEST_ADDRESS = 256


def add_staff(uow: UnitOfWork, email: str, password: str, role: Role) -> UUID:
    """Add somebody to an operator; an open account keeps its password, a closed one is opened by the new password.

    Raises:
        InvalidInputError: The address or the password cannot be taken.
    """
    address = as_address(email)
    lock_operator(uow)
    known = uow.session.execute(select(StaffMember.id, StaffMember.disabled_at).where(has_email(uow, address))).first()
    staff_id = new_id(uow.now) if known is None else known.id
    if known is None:
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
    elif known.disabled_at is not None:
        opened = {"disabled_at": None, "password_hash": passwords.hash_new(password)}
        uow.session.execute(update(StaffMember).where(StaffMember.id == staff_id).values(opened))
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


def as_address(email: str) -> str:
    """Return an address as it is kept.

    Raises:
        InvalidInputError: It is none.
    """
    address = email.strip().lower()
    if "@" not in address or len(address) > LONGEST_ADDRESS or any(one.isspace() for one in address):
        raise InvalidInputError.of("email", "Write an e-mail address.")
    return address


def account_at(uow: UnitOfWork, email: str) -> tuple[UUID, str] | None:
    """Return the open account of an address with what is kept of its password."""
    row = uow.session.execute(
        select(StaffMember.id, StaffMember.password_hash).where(
            has_email(uow, email.strip().lower()), StaffMember.disabled_at.is_(None)
        )
    ).first()
    return None if row is None else (row.id, row.password_hash)


def lock_account(uow: UnitOfWork, staff_id: UUID) -> None:
    """Lock an account, which is the lock of its ledger stream."""
    uow.session.execute(select(StaffMember.id).where(StaffMember.id == staff_id).with_for_update()).one()


def staff_address(uow: UnitOfWork, staff_id: UUID) -> str | None:
    """Return the address of somebody who signs in, for a message to them; None once the account is closed."""
    row = uow.session.execute(
        select(StaffMember.email_sealed).where(StaffMember.id == staff_id, StaffMember.disabled_at.is_(None))
    ).first()
    return None if row is None else open_address(uow, staff_id, row.email_sealed)


@dataclass(frozen=True, slots=True, repr=False)
class Member:
    """Somebody with a place at the operator, as its owner sees them."""

    staff_id: UUID
    email: str
    role: Role


def members(uow: UnitOfWork) -> list[Member]:
    """Return who may sign in at the operator, by role and address: its list of access."""
    rows = uow.session.execute(
        select(StaffMember.id, StaffMember.email_sealed, StaffRole.role)
        .join(StaffRole, StaffRole.staff_id == StaffMember.id)
        .where(StaffRole.operator_id == uow.operator_id, StaffMember.disabled_at.is_(None))
    )
    found = [Member(row.id, open_address(uow, row.id, row.email_sealed), row.role) for row in rows]
    return sorted(found, key=lambda one: (one.role, one.email))


def former_staff(uow: UnitOfWork) -> list[UUID]:
    """Return who has had a place at the operator and was removed, whether or not they came back, the latest first."""
    gone = [body["facts"]["staff"] for _, _, body in bodies_of(uow.session, EventType.STAFF_REMOVED, uow.operator_id)]
    return [UUID(one) for one in dict.fromkeys(reversed(gone))]


def staff_of(uow: UnitOfWork) -> list[tuple[str, Role]]:
    """Return the list of access as addresses and roles."""
    return [(one.email, one.role) for one in members(uow)]


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


def set_role(uow: UnitOfWork, staff_id: UUID, role: Role) -> None:
    """Give somebody at the operator another role.

    Raises:
        NotFoundError: Nobody of the operator.
    """
    lock_operator(uow)
    changed = update(StaffRole).where(StaffRole.operator_id == uow.operator_id, StaffRole.staff_id == staff_id)
    if not changed_rows(uow.session.execute(changed.values(role=role))):
        raise _nobody()
    facts = {"staff": str(staff_id), "role": str(role)}
    append(uow, EventType.STAFF_ROLE_SET, operator_stream(uow.operator_id), facts)


def disable_staff(uow: UnitOfWork, staff_id: UUID) -> None:
    """Take somebody's role at the operator away; whoever has none left is signed out and cannot sign in.

    Raises:
        NotFoundError: Nobody of the operator.
    """
    lock_operator(uow)
    mine = (StaffRole.operator_id == uow.operator_id, StaffRole.staff_id == staff_id)
    if not changed_rows(uow.session.execute(delete(StaffRole).where(*mine))):
        raise _nobody()
    if uow.session.scalar(select(StaffRole.operator_id).where(StaffRole.staff_id == staff_id).limit(1)) is None:
        uow.session.execute(update(StaffMember).where(StaffMember.id == staff_id).values(disabled_at=uow.now))
        revoke_all_sessions(uow, staff_id)
    append(uow, EventType.STAFF_REMOVED, operator_stream(uow.operator_id), {"staff": str(staff_id)})


def staff_at(uow: UnitOfWork, email: str) -> UUID:
    """Return who has an address, of those at the operator.

    Raises:
        NotFoundError: Nobody at the operator has it.
    """
    staff_id = uow.session.scalar(
        select(StaffMember.id)
        .join(StaffRole, StaffRole.staff_id == StaffMember.id)
        .where(has_email(uow, email.strip().lower()), StaffRole.operator_id == uow.operator_id)
    )
    if staff_id is None:
        raise _nobody()
    return staff_id


def _nobody() -> NotFoundError:
    return NotFoundError("Nobody with this address is at the operator; 'users add' adds somebody.")
