"""Reads about people: pseudonyms and masked words, never identifiers in clear."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, ScalarSelect, bindparam, func, select

from consent_service.kernel.db import table_of
from consent_service.kernel.uow import UnitOfWork
from consent_service.subjects.identity import IdentifierKind, check_ref
from consent_service.subjects.indexes import has_ref
from consent_service.subjects.tables import Subject, SubjectIdentifier

_SUBJECTS = table_of(Subject)
_IDENTIFIERS = table_of(SubjectIdentifier)


def find_id(uow: UnitOfWork, ref: str) -> UUID | None:
    """Return the pseudonym of a reference, None where nobody is known under it."""
    return uow.session.scalar(
        select(_SUBJECTS.c.id).where(_SUBJECTS.c.operator_id == uow.operator_id, has_ref(uow, check_ref(ref)))
    )


def id_of_any(operator_id: Any, names: Sequence[str]) -> ScalarSelect[UUID]:  # Any: a bound value
    """Return the pseudonym by any of the indexes that values of these names will be, for a statement that is kept."""
    indexes = [bindparam(name, type_=_SUBJECTS.c.ref_index.type) for name in names]
    return (
        select(_SUBJECTS.c.id)
        .where(_SUBJECTS.c.operator_id == operator_id, _SUBJECTS.c.ref_index.in_(indexes))
        .scalar_subquery()
    )


def has_identifier(operator_id: int, subject_id: Any, kind: IdentifierKind) -> ColumnElement[bool]:  # Any: a column
    """Return the condition that an identifier of a kind is known of a person, for a statement of another capability."""
    return (
        select(_IDENTIFIERS.c.subject_id)
        .where(
            _IDENTIFIERS.c.operator_id == operator_id,
            _IDENTIFIERS.c.subject_id == subject_id,
            _IDENTIFIERS.c.kind == str(kind),
        )
        .exists()
    )


def is_known(uow: UnitOfWork, subject_id: UUID) -> bool:
    """Say whether a pseudonym still leads to a person."""
    found = select(_SUBJECTS.c.id).where(_SUBJECTS.c.operator_id == uow.operator_id, _SUBJECTS.c.id == subject_id)
    return uow.session.scalar(found) is not None


def is_person(operator_id: int, subject_id: Any) -> ColumnElement[bool]:  # Any: a column
    """Return the condition that a pseudonym still leads to a person, for a statement of another capability."""
    return select(_SUBJECTS.c.id).where(_SUBJECTS.c.operator_id == operator_id, _SUBJECTS.c.id == subject_id).exists()


def kinds_of(uow: UnitOfWork, subject_id: UUID) -> list[IdentifierKind]:
    """Return which kinds of identifier are kept of a person, without their values."""
    kinds = uow.session.scalars(
        select(_IDENTIFIERS.c.kind)
        .where(_IDENTIFIERS.c.operator_id == uow.operator_id, _IDENTIFIERS.c.subject_id == subject_id)
        .order_by(_IDENTIFIERS.c.kind)
    )
    return [IdentifierKind(kind) for kind in kinds]


def count_subjects(uow: UnitOfWork) -> int:
    """Return how many people the operator knows, by one scan of the primary key."""
    return (
        uow.session.scalar(
            select(func.count()).select_from(_SUBJECTS).where(_SUBJECTS.c.operator_id == uow.operator_id)
        )
        or 0
    )


def some_people(uow: UnitOfWork, limit: int) -> list[UUID]:
    """Return the first people that the operator knows, by their pseudonyms."""
    mine = select(_SUBJECTS.c.id).where(_SUBJECTS.c.operator_id == uow.operator_id)
    return list(uow.session.scalars(mine.order_by(_SUBJECTS.c.id).limit(limit)))


def masked(subject_id: UUID) -> str:
    """Return the short name under which a person is shown in lists: it says nothing of who it is.

    >>> masked(UUID("0199a1b2-0000-7000-8000-00000000abcd"))
    '…0000-abcd'
    """
    tail = subject_id.hex[-8:]
    return f"…{tail[:4]}-{tail[4:]}"


def known_among(uow: UnitOfWork, subject_ids: Collection[UUID]) -> set[UUID]:
    """Return those pseudonyms that still lead to a person."""
    found = select(_SUBJECTS.c.id).where(_SUBJECTS.c.operator_id == uow.operator_id, _SUBJECTS.c.id.in_(subject_ids))
    return set(uow.session.scalars(found))
