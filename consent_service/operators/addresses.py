"""Addresses of those who sign in: sealed, and found by a blind index."""

from uuid import UUID

from sqlalchemy import Column, ColumnElement, select, update

from consent_service.kernel.db import table_of
from consent_service.kernel.keys import epoch_prefix
from consent_service.kernel.sealed_columns import SealedColumn
from consent_service.kernel.uow import UNBOUND, UnitOfWork
from consent_service.operators.tables import StaffMember

ADDRESS = SealedColumn(table_of(StaffMember).c.email_sealed)
ADDRESS_INDEX: Column[bytes] = table_of(StaffMember).c.email_index
_EMAIL = "staff-email"


def open_address(uow: UnitOfWork, staff_id: UUID, sealed: bytes) -> str:
    """Return the address of an account."""
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
        index = email_index(uow, open_address(uow, row.id, row.email_sealed))
        uow.session.execute(update(StaffMember).where(StaffMember.id == row.id).values(email_index=index))
    return len(rows), rows[-1].id if rows else None


def email_index(uow: UnitOfWork, address: str) -> bytes:
    """Return the index under which an address is stored now."""
    return uow.keys.index(UNBOUND, _EMAIL, address)


def has_email(uow: UnitOfWork, address: str) -> ColumnElement[bool]:
    """Return the condition that an account has an address."""
    return StaffMember.email_index.in_(uow.keys.indexes(UNBOUND, _EMAIL, address))
