"""What is sealed under people's keys, in clear, row by row: for an export of everything that is kept of an operator."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, select

from consent_service.kernel.crypto import unseal
from consent_service.kernel.db import table_of
from consent_service.kernel.errors import KeyUnavailableError
from consent_service.kernel.uow import UnitOfWork
from consent_service.subjects.service import Person, file_place, key_place, open_identifier, open_ref, place_of
from consent_service.subjects.tables import Subject, SubjectFile, SubjectIdentifier, SubjectNote

_SUBJECTS = table_of(Subject)
Clear = Mapping[str, Any]  # Any: JSON values
Open = Callable[[UnitOfWork, Person, RowMapping], Clear]


def _of_subject(uow: UnitOfWork, person: Person, row: RowMapping) -> Clear:
    return {"ref": open_ref(uow, person, row["ref_sealed"])}


def _of_identifier(uow: UnitOfWork, person: Person, row: RowMapping) -> Clear:
    return {"value": open_identifier(uow, person, row["kind"], row["value_index"], row["value_sealed"])}


def _of_note(uow: UnitOfWork, person: Person, row: RowMapping) -> Clear:
    place = place_of(uow, person.id, f"note|{row['case_id']}|{row['kind']}")
    return {"content": json.loads(unseal(person.key, row["sealed"], place))}


def _of_file(uow: UnitOfWork, person: Person, row: RowMapping) -> Clear:
    about = unseal(person.key, row["about_sealed"], file_place(uow, person.id, row["id"], "about"))
    return {"about": json.loads(about)}


_OPEN: Mapping[str, tuple[str, Open]] = {
    Subject.__tablename__: ("id", _of_subject),
    SubjectIdentifier.__tablename__: ("subject_id", _of_identifier),
    SubjectNote.__tablename__: ("subject_id", _of_note),
    SubjectFile.__tablename__: ("subject_id", _of_file),
}
OPENED_TABLES = frozenset(_OPEN)
CONTENT = table_of(SubjectFile).c.sealed  # may be large: it is read one by one, with ``files.open_file``


def open_rows(uow: UnitOfWork, table: str, rows: Sequence[RowMapping]) -> Iterator[Clear | None]:
    """Return what is sealed in rows of one of the tables, in clear; None where the key of the person is gone."""
    whose, open_row = _OPEN[table]
    people = _people(uow, {row[whose] for row in rows})
    for row in rows:
        person = people.get(row[whose])
        yield None if person is None else open_row(uow, person, row)


def _people(uow: UnitOfWork, subject_ids: set[UUID]) -> dict[UUID, Person]:
    rows = uow.session.execute(
        select(_SUBJECTS.c.id, _SUBJECTS.c.key_wrapped).where(
            _SUBJECTS.c.operator_id == uow.operator_id, _SUBJECTS.c.id.in_(subject_ids)
        )
    )
    found = {}
    for row in rows:
        try:
            found[row.id] = Person(row.id, uow.keys.unwrap(row.key_wrapped, key_place(uow, row.id)))
        except KeyUnavailableError:
            continue
    return found
