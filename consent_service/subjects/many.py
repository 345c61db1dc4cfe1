"""People by the hundred: locked, written to and erased set-wise, so that a transaction of many is a short one."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, literal, select, union_all

from consent_service.idempotency.service import forget_people
from consent_service.kernel.db import table_of
from consent_service.kernel.uow import UnitOfWork
from consent_service.subjects.identity import IdentifierKind
from consent_service.subjects.service import (
    PERSONAL_TABLES,
    Person,
    key_place,
    open_identifier,
    open_ref,
    person_column,
)
from consent_service.subjects.tables import Subject, SubjectIdentifier

_SUBJECTS, _IDENTIFIERS = table_of(Subject), table_of(SubjectIdentifier)


def lock_all(uow: UnitOfWork, subject_ids: Collection[UUID]) -> None:
    """Lock people, in an order that everybody keeps who locks several; who has been erased is left out."""
    uow.session.execute(
        select(_SUBJECTS.c.id)
        .where(_SUBJECTS.c.operator_id == uow.operator_id, _SUBJECTS.c.id.in_(subject_ids))
        .order_by(_SUBJECTS.c.id)
        .with_for_update()
    ).all()


def lock_among(uow: UnitOfWork, subject_ids: Collection[UUID]) -> dict[UUID, bytes]:
    """Lock those of some people whom nobody else has locked; returns their wrapped keys.  Nobody waits here."""
    rows = uow.session.execute(
        select(_SUBJECTS.c.id, _SUBJECTS.c.key_wrapped)
        .where(_SUBJECTS.c.operator_id == uow.operator_id, _SUBJECTS.c.id.in_(subject_ids))
        .order_by(_SUBJECTS.c.id)
        .with_for_update(skip_locked=True)
    )
    return {row.id: row.key_wrapped for row in rows}


def reveal_refs(uow: UnitOfWork, subject_ids: Collection[UUID]) -> dict[UUID, str]:
    """Return the operator's own references of people who are known."""
    rows = uow.session.execute(
        select(_SUBJECTS.c.id, _SUBJECTS.c.ref_sealed, _SUBJECTS.c.key_wrapped).where(
            _SUBJECTS.c.operator_id == uow.operator_id, _SUBJECTS.c.id.in_(subject_ids)
        )
    )
    return {row.id: open_ref(uow, _person(uow, row.id, row.key_wrapped), row.ref_sealed) for row in rows}


@dataclass(frozen=True, slots=True, repr=False)
class Gone:
    """What was deleted of some people: rows of each by table, the kinds of their identifiers, their latest addresses.

    The addresses are in clear: they live in memory alone.
    """

    counts: Mapping[UUID, Mapping[str, int]]
    kinds: Mapping[UUID, Collection[str]]
    addresses: Mapping[UUID, str]


def erase_people(uow: UnitOfWork, keys: Mapping[UUID, bytes | None]) -> Gone:
    """Delete every personal row of some people, by their wrapped keys, the keys included; None: it opens no more.

    What was sealed under the keys cannot be opened again, wherever a copy of it may be; kept answers go with them.
    """
    forget_people(uow, keys)
    names = {table: str(table.name) for table in PERSONAL_TABLES}  # plain strings: they are committed to
    counts = {one: dict.fromkeys(names.values(), 0) for one in keys}
    latest: dict[UUID, Any] = {}  # Any: result rows
    kinds: dict[UUID, set[str]] = {}
    for table, name in names.items():
        person = person_column(table)
        more = _IDENTIFIERS.c if table is _IDENTIFIERS else ()
        gone = delete(table).where(table.c.operator_id == uow.operator_id, person.in_(keys))
        for row in uow.session.execute(gone.returning(person.label("person"), *more)):
            counts[row.person][name] += 1
            if table is not _IDENTIFIERS:
                continue
            kinds.setdefault(row.person, set()).add(row.kind)
            if row.kind == IdentifierKind.EMAIL:
                latest[row.person] = max(latest.get(row.person, row), row, key=lambda one: one.created_at)
    opened = {one: _open(uow, key, latest[one]) for one, key in keys.items() if key is not None and one in latest}
    return Gone(counts, kinds, opened)


def _open(uow: UnitOfWork, key: bytes, row: Any) -> str:  # Any: a result row
    return open_identifier(uow, _person(uow, row.subject_id, key), row.kind, row.value_index, row.value_sealed)


def _person(uow: UnitOfWork, subject_id: UUID, key_wrapped: bytes) -> Person:
    return Person(subject_id, uow.keys.unwrap(key_wrapped, key_place(uow, subject_id)))


def count_rows_of(uow: UnitOfWork, subject_ids: Collection[UUID]) -> dict[str, int]:
    """Count the personal rows of some people that can still be read, by table, in one look."""
    counts = [
        select(literal(table.name).label("name"), func.count().label("rows")).where(
            table.c.operator_id == uow.operator_id, person_column(table).in_(subject_ids)
        )
        for table in PERSONAL_TABLES
    ]
    return {row.name: row.rows for row in uow.session.execute(union_all(*counts))}
