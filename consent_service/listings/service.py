"""Saving what somebody asks of a list again and again, and recording that a list was taken away."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, insert, select

from consent_service.kernel.db import changed_rows, table_of
from consent_service.kernel.errors import InvalidInputError, NotFoundError
from consent_service.kernel.ids import new_id
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.service import append, operator_stream
from consent_service.listings.tables import SavedView
from consent_service.operators.service import lock_operator
from consent_service.subjects.identity import looks_personal

MOST_VIEWS, LONGEST_NAME = 20, 60
_VIEWS = table_of(SavedView)


@dataclass(frozen=True, slots=True)
class View:
    """A saved view of a list."""

    id: UUID
    name: str
    query: str


def save_view(uow: UnitOfWork, staff_id: UUID, list_name: str, name: str, query: str) -> UUID:
    """Save what is asked of a list under a name; the same name again takes its place.

    Raises:
        InvalidInputError: The name is empty, too long or looks like personal data, or there are too many views.
    """
    if not 0 < len(name) <= LONGEST_NAME:
        raise InvalidInputError.of("name", f"Write a name of at most {LONGEST_NAME} characters.")
    if looks_personal(name):
        raise InvalidInputError.of("name", "Leave e-mail addresses, phone numbers and IIN out of the name.")
    mine = (*_mine(uow, staff_id), _VIEWS.c.list == list_name)
    uow.session.execute(delete(_VIEWS).where(*mine, _VIEWS.c.name == name))
    if (uow.session.scalar(select(func.count()).select_from(_VIEWS).where(*mine)) or 0) >= MOST_VIEWS:
        raise InvalidInputError.of("name", f"There are {MOST_VIEWS} views already; remove one first.")
    view_id = new_id(uow.now)
    uow.session.execute(
        insert(_VIEWS).values(
            operator_id=uow.operator_id,
            id=view_id,
            staff_id=staff_id,
            list=list_name,
            name=name,
            query=query,
            created_at=uow.now,
        )
    )
    return view_id


def views_of(uow: UnitOfWork, staff_id: UUID, list_name: str) -> list[View]:
    """Return somebody's views of a list by name."""
    rows = uow.session.execute(
        select(_VIEWS.c.id, _VIEWS.c.name, _VIEWS.c.query)
        .where(*_mine(uow, staff_id), _VIEWS.c.list == list_name)
        .order_by(_VIEWS.c.name)
    )
    return [View(*row) for row in rows]


def remove_view(uow: UnitOfWork, staff_id: UUID, view_id: UUID) -> None:
    """Remove one of somebody's own views.

    Raises:
        NotFoundError: They have none with this id.
    """
    if not changed_rows(uow.session.execute(delete(_VIEWS).where(*_mine(uow, staff_id), _VIEWS.c.id == view_id))):
        raise NotFoundError("There is no such view.")


def record_export(uow: UnitOfWork, list_name: str, asked: Mapping[str, str]) -> None:
    """Record that somebody takes a list away as a file: which, and what was asked for."""
    lock_operator(uow)
    facts = {"list": list_name, "asked": dict(asked)}
    append(uow, EventType.LIST_EXPORTED, operator_stream(uow.operator_id), facts)


def _mine(uow: UnitOfWork, staff_id: UUID) -> tuple[ColumnElement[bool], ...]:
    return (_VIEWS.c.operator_id == uow.operator_id, _VIEWS.c.staff_id == staff_id)
