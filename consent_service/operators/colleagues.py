"""Those who work for an operator: whom it can tell something, in which language each one reads."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import exists, select, update

from consent_service.kernel.errors import InvalidInputError
from consent_service.kernel.uow import UnitOfWork
from consent_service.operators.access import Role
from consent_service.operators.tables import Operator, StaffMember, StaffRole

LANGUAGES = ("kk", "ru", "en")


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody with an open account and a place at the operator."""

    staff_id: UUID
    role: Role
    language: str


def colleagues(uow: UnitOfWork) -> list[Colleague]:
    """Return everybody with a place at the operator."""
    rows = uow.session.execute(_AT_OPERATOR.where(StaffRole.operator_id == uow.operator_id).order_by(StaffMember.id))
    return [Colleague(*row) for row in rows]


def colleague(uow: UnitOfWork, staff_id: UUID) -> Colleague | None:
    """Return one of them; None once the account is closed or the place is gone."""
    row = uow.session.execute(
        _AT_OPERATOR.where(StaffRole.operator_id == uow.operator_id, StaffMember.id == staff_id)
    ).first()
    return None if row is None else Colleague(*row)


def owns_all(uow: UnitOfWork, staff_id: UUID) -> bool:
    """Say whether somebody is owner of every operator of this installation, and may change what all of them share."""
    owned = exists().where(
        StaffRole.operator_id == Operator.id, StaffRole.staff_id == staff_id, StaffRole.role == Role.OWNER
    )
    return uow.session.scalar(select(Operator.id).where(Operator.closed_at.is_(None), ~owned).limit(1)) is None


def set_language(uow: UnitOfWork, staff_id: UUID, language: str) -> None:
    """Set the language in which somebody reads messages and calendars, at every operator.

    Raises:
        InvalidInputError: There is no such language here.
    """
    if language not in LANGUAGES:
        raise InvalidInputError.of("language", f"Choose one of {', '.join(LANGUAGES)}.")
    uow.session.execute(update(StaffMember).where(StaffMember.id == staff_id).values(language=language))


_AT_OPERATOR = (
    select(StaffMember.id, StaffRole.role, StaffMember.language)
    .join(StaffRole, StaffRole.staff_id == StaffMember.id)
    .where(StaffMember.disabled_at.is_(None))
)
