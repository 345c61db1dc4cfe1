"""Several people at once: found and locked, or created, by as many statements as one.  Nobody waits here."""

from collections.abc import Sequence
from itertools import chain

from sqlalchemy import bindparam, select

from consent_service.kernel.db import insert_many, insert_or_skip, table_of
from consent_service.kernel.errors import TryAgainError
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


def find_or_create_all(uow: UnitOfWork, people: Sequence[SubjectData]) -> list[Person]:
    """Return the people of references that were checked, each of another, locked; new identifiers are added.

    Raises:
        OperationalError: Somebody else has locked one of them.
        TryAgainError: Somebody else creates one of them now.
    """
    indexes = [indexes_of_ref(uow, one.ref) for one in people]
    rows = {
        row.ref_index: row
        for row in uow.session.execute(
            _LOCKED, {"of_operator": uow.operator_id, "indexes": list(chain.from_iterable(indexes))}
        )
    }
    known: dict[str, Person] = {}
    for one, candidates in zip(people, indexes, strict=True):
        row = next((rows[index] for index in candidates if index in rows), None)
        if row is not None:
            known[one.ref] = Person(row.id, uow.keys.unwrap(row.key_wrapped, key_place(uow, row.id)))
    known |= _create(uow, [one.ref for one in people if one.ref not in known])
    found = [known[one.ref] for one in people]
    _add_identifiers(uow, people, found)
    uow.concerned.update(person.id for person in found)
    return found


def _create(uow: UnitOfWork, refs: Sequence[str]) -> dict[str, Person]:
    """Create people, in one order, so that two who create the same do not wait for each other."""
    new = {ref: new_person(uow, ref) for ref in refs}
    if not new:
        return {}
    rows = sorted((row for _, row in new.values()), key=lambda row: bytes(row["ref_index"]))
    making = insert_or_skip(uow.session, _SUBJECTS).returning(_SUBJECTS.c.id)
    if len(uow.session.scalars(making, rows).all()) < len(rows):
        raise TryAgainError("Somebody else records for the same person now. Nothing was stored; send it again.")
    return {ref: person for ref, (person, _) in new.items()}


def _add_identifiers(uow: UnitOfWork, people: Sequence[SubjectData], found: Sequence[Person]) -> None:
    new: list[dict[str, object]] = []
    more: list[dict[str, object]] = []
    for one, person in zip(people, found, strict=True):
        rows = [seal_identifier(uow, person, kind, value, uow.now) for kind, value in one.identifiers.items()]
        (new if person.is_new else more).extend(rows)
    insert_many(uow.session, _IDENTIFIERS, new)
    if more:
        uow.session.execute(insert_or_skip(uow.session, _IDENTIFIERS), more)
