"""Looking for people by what they are known by: recorded, found by blind index, remembered for half an hour.

What was searched for is kept nowhere; a search is known by its id, to the member of staff who made it alone.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import delete, insert, select

from consent_service.kernel.db import changed_rows, table_of
from consent_service.kernel.ids import new_id
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.service import append
from consent_service.subjects.identity import IdentifierKind, check_ref, normalise
from consent_service.subjects.indexes import has_ref, has_value
from consent_service.subjects.tables import Subject, SubjectIdentifier, SubjectSearch

GOOD_FOR = timedelta(minutes=30)
MOST_FOUND = 100
_SUBJECTS, _IDENTIFIERS, _SEARCHES = table_of(Subject), table_of(SubjectIdentifier), table_of(SubjectSearch)


class SearchBy(StrEnum):
    """What people can be looked for by."""

    EMAIL = "email"
    PHONE = "phone"
    IIN = "iin"
    REF = "ref"


@dataclass(frozen=True, slots=True)
class Search:
    """A search that was made: its id, and who was found."""

    id: UUID
    found: tuple[UUID, ...]


def search_people(uow: UnitOfWork, staff_id: UUID, by: SearchBy, value: str) -> Search:
    """Look for people; that somebody looked, by what kind of word and how many were found, is recorded.

    Raises:
        InvalidInputError: The value cannot be right; the message never repeats it.
    """
    if by is SearchBy.REF:
        query = select(_SUBJECTS.c.id).where(_SUBJECTS.c.operator_id == uow.operator_id, has_ref(uow, check_ref(value)))
    else:
        kind = IdentifierKind(by)
        query = select(_IDENTIFIERS.c.subject_id).where(
            _IDENTIFIERS.c.operator_id == uow.operator_id,
            _IDENTIFIERS.c.kind == str(kind),
            has_value(uow, kind, normalise(kind, value)),
        )
    found = tuple(sorted(uow.session.scalars(query.distinct().limit(MOST_FOUND))))
    search_id = new_id(uow.now)
    facts = {"search": str(search_id), "by": [str(by)], "found": len(found)}
    append(uow, EventType.SUBJECT_SEARCHED, search_id, facts)
    uow.session.execute(
        insert(_SEARCHES).values(
            operator_id=uow.operator_id,
            id=search_id,
            staff_id=staff_id,
            found=[str(one) for one in found],
            expires_at=uow.now + GOOD_FOR,
        )
    )
    return Search(search_id, found)


def found_by(uow: UnitOfWork, staff_id: UUID, search_id: UUID) -> tuple[UUID, ...] | None:
    """Return whom a search found; None where it is over, or was made by somebody else or at another operator."""
    found = uow.session.scalar(
        select(_SEARCHES.c.found).where(
            _SEARCHES.c.operator_id == uow.operator_id,
            _SEARCHES.c.id == search_id,
            _SEARCHES.c.staff_id == staff_id,
            _SEARCHES.c.expires_at > uow.now,
        )
    )
    return None if found is None else tuple(UUID(one) for one in found)


def forget_searches(uow: UnitOfWork, limit: int) -> int:
    """Forget searches of the operator that are over; returns how many."""
    old = (_SEARCHES.c.operator_id == uow.operator_id, _SEARCHES.c.expires_at <= uow.now)
    ids = select(_SEARCHES.c.id).where(*old).limit(limit)
    gone = delete(_SEARCHES).where(_SEARCHES.c.operator_id == uow.operator_id, _SEARCHES.c.id.in_(ids))
    return changed_rows(uow.session.execute(gone))
