"""Whether people are found under what is sealed with them: a reference that was swapped would give away an answer."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select, true

from consent_service.kernel.db import table_of
from consent_service.kernel.errors import ConsentServiceError
from consent_service.kernel.uow import UnitOfWork
from consent_service.subjects.indexes import indexes_of_ref
from consent_service.subjects.service import Person, key_place, open_identifier, open_ref
from consent_service.subjects.tables import Subject, SubjectIdentifier

_SUBJECTS, _IDENTIFIERS = table_of(Subject), table_of(SubjectIdentifier)
_PART = 500
# What opening raises where a row is not what was sealed.
_UNREADABLE = (ValueError, KeyError, TypeError, ConsentServiceError)


def wrong_with_people(uow: UnitOfWork) -> Iterator[tuple[str, str]]:
    """Return each person of an operator, by place, whose reference or identifiers are not what was sealed."""
    rows: Sequence[Any] = ()  # Any: result rows
    while True:
        later = _SUBJECTS.c.id > rows[-1].id if rows else true()
        rows = uow.session.execute(
            select(_SUBJECTS)
            .where(_SUBJECTS.c.operator_id == uow.operator_id, later)
            .order_by(_SUBJECTS.c.id)
            .limit(_PART)
        ).all()
        if not rows:
            return
        identifiers: defaultdict[UUID, list[Any]] = defaultdict(list)  # Any: as above
        for one in uow.session.execute(
            select(_IDENTIFIERS).where(
                _IDENTIFIERS.c.operator_id == uow.operator_id, _IDENTIFIERS.c.subject_id.in_([row.id for row in rows])
            )
        ):
            identifiers[one.subject_id].append(one)
        for row in rows:
            if what := _wrong_with(uow, row, identifiers[row.id]):
                yield f"person {row.id}", what


def _wrong_with(uow: UnitOfWork, row: Any, identifiers: Sequence[Any]) -> str | None:  # Any: result rows
    try:
        person = Person(row.id, uow.keys.unwrap(row.key_wrapped, key_place(uow, row.id)))
        if row.ref_index not in indexes_of_ref(uow, open_ref(uow, person, row.ref_sealed)):
            return "the reference is another than was sealed"
        for one in identifiers:
            open_identifier(uow, person, one.kind, one.value_index, one.value_sealed)
    except _UNREADABLE:
        return "the reference or an identifier does not open with the person's key"
    return None
