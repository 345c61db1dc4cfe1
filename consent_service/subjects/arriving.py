"""Several people at once: found and locked, or created, by as many statements as one.  Nobody waits here."""

from collections.abc import Sequence
from itertools import chain

from sqlalchemy import bindparam, select

from consent_service.kernel.db import insert_or_skip, table_of
from consent_service.kernel.one_of import one_of
from consent_service.kernel.rows_together import RowsTogether
from consent_service.kernel.uow import UnitOfWork
from consent_service.subjects.indexes import indexes_of_ref
from consent_service.subjects.service import Person, SubjectData, key_place, new_person, seal_identifier
from consent_service.subjects.tables import Subject, SubjectIdentifier

_SUBJECTS, _IDENTIFIERS = table_of(Subject), table_of(SubjectIdentifier)
_LOCKED = (
    select(_SUBJECTS.c.id, _SUBJECTS.c.ref_index, _SUBJECTS.c.key_wrapped)
    .where(
        _SUBJECTS.c.operator_id == bindparam("of_operator"),
        one_of(_SUBJECTS.c.ref_index, "indexes"),
    )
    .with_for_update(nowait=True)
)


def find_or_create_all(uow: UnitOfWork, people: Sequence[SubjectData], new: RowsTogether) -> list[Person]:
    """Return the people of references that were checked, each of another, locked; new identifiers are added.

    The rows of those who are new are added to ``new``, for the caller to write; that somebody else creates one of them
    meanwhile is an IntegrityError then.

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
    known: dict[str, Person] = {}
    for one, candidates in zip(people, indexes, strict=True):
        row = next((rows[index] for index in candidates if index in rows), None)
        if row is not None:
            known[one.ref] = Person(row.id, uow.keys.unwrap(row.key_wrapped, key_place(uow, row.id)))
    made = [new_person(uow, one.ref) for one in people if one.ref not in known]
    new.add(_SUBJECTS, sorted((row for _, row in made), key=lambda row: bytes(row["ref_index"])))
    created = iter(made)
    found = [known[one.ref] if one.ref in known else next(created)[0] for one in people]
    _add_identifiers(uow, people, found, new)
    uow.concerned.update(person.id for person in found)
    return found


def _add_identifiers(
    uow: UnitOfWork, people: Sequence[SubjectData], found: Sequence[Person], new: RowsTogether
) -> None:
    more: list[dict[str, object]] = []
    for one, person in zip(people, found, strict=True):
        rows = [seal_identifier(uow, person, kind, value, uow.now) for kind, value in one.identifiers.items()]
        if person.is_new:
            new.add(_IDENTIFIERS, rows)
        else:
            more += rows
    if more:
        uow.session.execute(insert_or_skip(uow.session, _IDENTIFIERS), more)
