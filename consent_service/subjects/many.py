"""People by the hundred: locked, written to and erased set-wise, so that a transaction of many is a short one."""

from collections.abc import Collection, Mapping
from uuid import UUID

from sqlalchemy import delete, func, literal, select, union_all

from consent_service.kernel.db import table_of
from consent_service.kernel.uow import UnitOfWork
from consent_service.subjects.identity import IdentifierKind
from consent_service.subjects.service import PERSONAL_TABLES, Person, key_place, open_identifier, person_column
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


def kinds_among(uow: UnitOfWork, subject_ids: Collection[UUID]) -> set[str]:
    """Return which kinds of identifier are kept of some people, without their values."""
    kinds = select(_IDENTIFIERS.c.kind).where(
        _IDENTIFIERS.c.operator_id == uow.operator_id, _IDENTIFIERS.c.subject_id.in_(subject_ids)
    )
    return set(uow.session.scalars(kinds.distinct()))


def reveal_addresses(uow: UnitOfWork, keys: Mapping[UUID, bytes]) -> dict[UUID, str]:
    """Return the e-mail address of people in clear, by their wrapped keys; who has none is left out."""
    rows = uow.session.execute(
        select(_IDENTIFIERS.c.subject_id, _IDENTIFIERS.c.value_sealed, _IDENTIFIERS.c.value_index)
        .where(
            _IDENTIFIERS.c.operator_id == uow.operator_id,
            _IDENTIFIERS.c.subject_id.in_(keys),
            _IDENTIFIERS.c.kind == str(IdentifierKind.EMAIL),
        )
        .order_by(_IDENTIFIERS.c.created_at)
    )
    latest = {row.subject_id: row for row in rows}
    found = {}
    for subject_id, row in latest.items():
        person = Person(subject_id, uow.keys.unwrap(keys[subject_id], key_place(uow, subject_id)))
        found[subject_id] = open_identifier(uow, person, IdentifierKind.EMAIL, row.value_index, row.value_sealed)
    return found


def erase_people(uow: UnitOfWork, subject_ids: Collection[UUID]) -> dict[UUID, dict[str, int]]:
    """Delete every personal row of some people, the keys included; returns how many rows of each went by table."""
    counts: dict[UUID, dict[str, int]] = {
        subject_id: {table.name: 0 for table in PERSONAL_TABLES} for subject_id in subject_ids
    }
    for table in PERSONAL_TABLES:
        person = person_column(table)
        gone = uow.session.scalars(
            delete(table).where(table.c.operator_id == uow.operator_id, person.in_(subject_ids)).returning(person)
        )
        for subject_id in gone:
            counts[subject_id][table.name] += 1
    return counts


def count_rows_of(uow: UnitOfWork, subject_ids: Collection[UUID]) -> dict[str, int]:
    """Count the personal rows of some people that can still be read, by table, in one look."""
    counts = [
        select(literal(table.name).label("name"), func.count().label("rows")).where(
            table.c.operator_id == uow.operator_id, person_column(table).in_(subject_ids)
        )
        for table in PERSONAL_TABLES
    ]
    return {row.name: row.rows for row in uow.session.execute(union_all(*counts))}
