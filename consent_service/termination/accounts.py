"""The staff of an operator that ends: their places go, and the accounts of those who have no other."""

from collections import Counter
from collections.abc import Collection
from uuid import UUID

from sqlalchemy import delete

from consent_service.kernel.db import changed_rows, table_named
from consent_service.kernel.uow import UnitOfWork
from consent_service.operators.places import accounts_left, take_places_away
from consent_service.termination.contents import OF_ACCOUNTS, ROLES

_INVITATIONS = "staff_invitations"  # of other operators, to which somebody invited who has left it since


def remove_staff(uow: UnitOfWork) -> Counter[str]:
    """Take every place at the operator away, and delete accounts that have none elsewhere; returns rows by table.

    The caller holds the lock of the operator.
    """
    gone: Counter[str] = Counter({ROLES: take_places_away(uow)})
    placeless = accounts_left(uow)
    for name in (_INVITATIONS, *OF_ACCOUNTS):
        gone[name] += _delete_of(uow, name, placeless) if placeless else 0
    return gone


def _delete_of(uow: UnitOfWork, name: str, staff_ids: Collection[UUID]) -> int:
    table = table_named(name)
    column = {"staff_members": "id", _INVITATIONS: "invited_by"}.get(name, "staff_id")
    return changed_rows(uow.session.execute(delete(table).where(table.c[column].in_(staff_ids))))
