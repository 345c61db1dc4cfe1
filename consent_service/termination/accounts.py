"""The staff of an operator that ends: their places go, and the accounts of those who have no other."""

from collections import Counter
from collections.abc import Collection
from uuid import UUID

from sqlalchemy import delete, exists, select

from consent_service.kernel.db import changed_rows, table_of
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.service import append, operator_stream
from consent_service.operators.staff import former_staff
from consent_service.operators.tables import StaffMember, StaffRole
from consent_service.termination.contents import OF_ACCOUNTS
from consent_service.termination.destroying import table_named

_MEMBERS, _ROLES = table_of(StaffMember), table_of(StaffRole)
_INVITATIONS = "staff_invitations"  # of other operators, to which somebody invited who has left it since


def remove_staff(uow: UnitOfWork) -> Counter[str]:
    """Take every place at the operator away, and delete accounts that have none elsewhere; returns rows by table.

    The caller holds the lock of the operator.
    """
    gone: Counter[str] = Counter()
    removed = delete(_ROLES).where(_ROLES.c.operator_id == uow.operator_id).returning(_ROLES.c.staff_id)
    for staff_id in sorted(uow.session.scalars(removed)):
        append(uow, EventType.STAFF_REMOVED, operator_stream(uow.operator_id), {"staff": str(staff_id)})
        gone["staff_roles"] += 1
    placeless = accounts_left(uow)
    for name in (_INVITATIONS, *OF_ACCOUNTS):
        gone[name] += _delete_of(uow, name, placeless) if placeless else 0
    return gone


def accounts_left(uow: UnitOfWork) -> list[UUID]:
    """Return which accounts, of all that ever had a place at the operator, are there and have a place nowhere."""
    has_place = exists().where(_ROLES.c.staff_id == _MEMBERS.c.id)
    query = select(_MEMBERS.c.id).where(_MEMBERS.c.id.in_(former_staff(uow)), ~has_place)
    return list(uow.session.scalars(query.order_by(_MEMBERS.c.id)))


def _delete_of(uow: UnitOfWork, name: str, staff_ids: Collection[UUID]) -> int:
    table = table_named(name)
    column = {"staff_members": "id", _INVITATIONS: "invited_by"}.get(name, "staff_id")
    return changed_rows(uow.session.execute(delete(table).where(table.c[column].in_(staff_ids))))
