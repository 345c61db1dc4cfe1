"""The places of staff at an operator that ends: taken away, and which accounts have no place anywhere then."""

from uuid import UUID

from sqlalchemy import delete, exists, select

from consent_service.kernel.db import table_of
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.service import append, operator_stream
from consent_service.operators.staff import former_staff
from consent_service.operators.tables import StaffMember, StaffRole

_MEMBERS, _ROLES = table_of(StaffMember), table_of(StaffRole)


def take_places_away(uow: UnitOfWork) -> int:
    """Take every place at the operator away; returns how many.  The caller holds the lock of the operator."""
    removed = delete(_ROLES).where(_ROLES.c.operator_id == uow.operator_id).returning(_ROLES.c.staff_id)
    staff = sorted(uow.session.scalars(removed))
    for staff_id in staff:
        append(uow, EventType.STAFF_REMOVED, operator_stream(uow.operator_id), {"staff": str(staff_id)})
    return len(staff)


def accounts_left(uow: UnitOfWork) -> list[UUID]:
    """Return which accounts, of all that ever had a place at the operator, are there and have a place nowhere."""
    has_place = exists().where(_ROLES.c.staff_id == _MEMBERS.c.id)
    query = select(_MEMBERS.c.id).where(_MEMBERS.c.id.in_(former_staff(uow)), ~has_place)
    return list(uow.session.scalars(query.order_by(_MEMBERS.c.id)))
