"""Whether people are found under what is sealed with them: a reference that was swapped would give away an answer."""

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select, true

from consent_service.kernel.db import table_of
from consent_service.kernel.errors import ConsentServiceError
from consent_service.kernel.uow import UnitOfWork
from consent_service.subjects.indexes import indexes_of_ref
from consent_service.subjects.service import reveal_identifiers, reveal_ref
from consent_service.subjects.tables import Subject

_SUBJECTS = table_of(Subject)
_PART = 500
# What opening raises where a row is not what was sealed.
_UNREADABLE = (ValueError, KeyError, TypeError, ConsentServiceError)


def wrong_with_people(uow: UnitOfWork) -> Iterator[tuple[str, str]]:
    """Return each person of an operator, by place, whose reference or identifiers are not what was sealed."""
    rows: Sequence[Any] = ()  # Any: result rows
    while True:
        later = _SUBJECTS.c.id > rows[-1].id if rows else true()
        rows = uow.session.execute(
            select(_SUBJECTS.c.id, _SUBJECTS.c.ref_index)
            .where(_SUBJECTS.c.operator_id == uow.operator_id, later)
            .order_by(_SUBJECTS.c.id)
            .limit(_PART)
        ).all()
        if not rows:
            return
        for row in rows:
            if what := _wrong_with(uow, row.id, row.ref_index):
                yield f"person {row.id}", what


def _wrong_with(uow: UnitOfWork, subject_id: UUID, ref_index: bytes) -> str | None:
    try:
        if ref_index not in indexes_of_ref(uow, reveal_ref(uow, subject_id)):
            return "the reference is another than was sealed"
        reveal_identifiers(uow, subject_id)
    except _UNREADABLE:
        return "the reference or an identifier does not open with the person's key"
    return None
