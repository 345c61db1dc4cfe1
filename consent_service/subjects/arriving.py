"""Several people at once: found and locked, or created, by as many statements as one.  Nobody waits here."""

from collections.abc import Sequence
from itertools import chain
from typing import Any

from sqlalchemy import bindparam, insert, select

from consent_service.kernel.db import insert_or_skip, table_of
from consent_service.kernel.uow import UnitOfWork
from consent_service.subjects.indexes import indexes_of_ref
from consent_service.subjects.service import Person, SubjectData, key_place, new_person, seal_identifier
from consent_service.subjects.tables import Subject, SubjectIdentifier

_SUBJECTS, _IDENTIFIERS = table_of(Subject), table_of(SubjectIdentifier)
_LOCKED = (
    select(_SUBJECTS.c.id, _SUBJECTS.c.ref_index, _SUBJECTS.c.key_wrapped)
    .where(
        _SUBJECTS.c.operator_id == bindparam("of_operator"),
        _SUBJECTS.c.ref_index.in_(bindparam("indexes", expanding=True)),
    )
    .with_for_update(nowait=True)
)


def find_or_create_all(uow: UnitOfWork, people: Sequence[SubjectData]) -> list[Person | None]:
    """Return the people of references that were checked, each of another, locked; new identifiers are added.

    None: somebody else creates this person now.

    Raises:
        OperationalError: Somebody else has locked one of them.
    """
    indexes = [indexes_of_ref(uow, one.ref) for one in people]
    rows = {
        row.ref_index: row
        for row in uow.session.execute(
            _LOCKED, {"of_operator": uow.operator_id, "indexes": list(chain.from_iterable(indexes))}
        )
    }
    found: list[Person | None] = []
    for candidates in indexes:
        row = next((rows[index] for index in candidates if index in rows), None)
        found.append(None if row is None else Person(row.id, uow.keys.unwrap(row.key_wrapped, key_place(uow, row.id))))
    _create(uow, people, found)
    _add_identifiers(uow, people, found)
    uow.concerned.update(person.id for person in found if person is not None)
    return found


def _create(uow: UnitOfWork, people: Sequence[SubjectData], found: list[Person | None]) -> None:
    """Create those who were not found, in one order, so that two who create the same do not wait for each other."""
    new = {place: new_person(uow, people[place].ref) for place, person in enumerate(found) if person is None}
    if not new:
        return
    rows = sorted((row for _, row in new.values()), key=lambda row: bytes(row["ref_index"]))
    making = insert_or_skip(uow.session, _SUBJECTS).returning(_SUBJECTS.c.id)
    made = set(uow.session.scalars(making, rows))
    for place, (person, _) in new.items():
        found[place] = person if person.id in made else None


def _add_identifiers(uow: UnitOfWork, people: Sequence[SubjectData], found: Sequence[Person | None]) -> None:
    rows: dict[bool, list[dict[str, Any]]] = {True: [], False: []}  # Any: column values
    for one, person in zip(people, found, strict=True):
        if person is not None:
            rows[person.is_new] += [
                seal_identifier(uow, person, kind, value, uow.now) for kind, value in one.identifiers.items()
            ]
    if rows[True]:
        uow.session.execute(insert(_IDENTIFIERS), rows[True])
    if rows[False]:
        uow.session.execute(insert_or_skip(uow.session, _IDENTIFIERS), rows[False])
