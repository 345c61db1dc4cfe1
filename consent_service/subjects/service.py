"""Finding, creating and erasing people.  The only writer of personal data."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Table, insert, select

from consent_service.kernel.crypto import new_key, seal, unseal
from consent_service.kernel.db import insert_or_skip, table_of
from consent_service.kernel.errors import NotFoundError
from consent_service.kernel.ids import new_id
from consent_service.kernel.rows_together import RowsTogether
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.service import append
from consent_service.subjects.identity import IdentifierKind, check_ref, normalise
from consent_service.subjects.indexes import has_ref, has_value, index_of_ref, index_of_value
from consent_service.subjects.reasons import RevealReason
from consent_service.subjects.tables import Subject, SubjectFile, SubjectIdentifier, SubjectNote

_SUBJECTS = table_of(Subject)
_IDENTIFIERS = table_of(SubjectIdentifier)
_NOTES = table_of(SubjectNote)
# In the order in which they must be emptied.
PERSONAL_TABLES = (table_of(SubjectFile), _NOTES, _IDENTIFIERS, _SUBJECTS)


@dataclass(frozen=True, slots=True)
class SubjectData:
    """Who a call is about: the operator's reference, and identifiers by kind."""

    ref: str
    identifiers: Mapping[IdentifierKind, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, repr=False)
class Person:
    """A person whose row is locked: the pseudonym, and the key for what is sealed about them.

    ``is_new``: created in this transaction, so that nothing is known of them yet.
    """

    id: UUID
    key: bytes
    is_new: bool = False


@dataclass(frozen=True, slots=True, repr=False)
class Note:
    """Words or context that came with a case of a person."""

    person: Person
    case_id: UUID
    kind: str
    words: Any  # Any: a JSON value


def checked(data: SubjectData) -> SubjectData:
    """Return who a call is about in the one form in which it is sealed and indexed.

    Raises:
        InvalidInputError: The reference or an identifier cannot be right.
    """
    identifiers = {kind: normalise(kind, value) for kind, value in data.identifiers.items()}
    return SubjectData(check_ref(data.ref), identifiers)


def find_or_create(uow: UnitOfWork, data: SubjectData) -> Person:
    """Return the person of a reference, locked until the transaction ends; new identifiers are added.

    Raises:
        InvalidInputError: The reference or an identifier cannot be right.
    """
    data = checked(data)
    person = _lock(uow, data.ref) or _create(uow, data.ref)
    if data.identifiers:
        _add_identifiers(uow, person, data.identifiers)
    return person


def lock_by_ref(uow: UnitOfWork, ref: str) -> Person:
    """Return the person of a reference, locked.

    Raises:
        NotFoundError: Nobody is known under it.
    """
    person = _lock(uow, check_ref(ref))
    if person is None:
        raise NotFoundError("Nobody is known under this reference.")
    return person


def lock_by_id(uow: UnitOfWork, subject_id: UUID) -> Person | None:
    """Return the person of a pseudonym, locked; None once the person has been erased."""
    found = lock_with_key(uow, subject_id)
    return None if found is None else found[0]


def lock_with_key(uow: UnitOfWork, subject_id: UUID) -> tuple[Person, bytes] | None:
    """Return the person of a pseudonym, locked, with the key as it is wrapped; None once the person has been erased."""
    row = uow.session.execute(
        select(_SUBJECTS.c.id, _SUBJECTS.c.key_wrapped)
        .where(_SUBJECTS.c.operator_id == uow.operator_id, _SUBJECTS.c.id == subject_id)
        .with_for_update()
    ).first()
    return None if row is None else (_known(uow, row), row.key_wrapped)


def person_of(uow: UnitOfWork, subject_id: UUID) -> Person | None:
    """Return the person of a pseudonym without locking anybody; None once the person has been erased."""
    wrapped = uow.session.scalar(
        select(_SUBJECTS.c.key_wrapped).where(_SUBJECTS.c.operator_id == uow.operator_id, _SUBJECTS.c.id == subject_id)
    )
    if wrapped is None:
        return None
    uow.concerned.add(subject_id)
    return Person(subject_id, _open_key(uow, subject_id, wrapped))


def keep_note(uow: UnitOfWork, person: Person, case_id: UUID, kind: str, words: Any) -> None:  # Any: a JSON value
    """Seal words or context that came with a case."""
    uow.session.execute(insert(_NOTES).values(_sealed_note(uow, Note(person, case_id, kind, words))))


def add_notes(uow: UnitOfWork, new: RowsTogether, notes: Sequence[Note]) -> None:
    """Seal words that came with many cases, for the caller to write with its own rows."""
    new.add(_NOTES, [_sealed_note(uow, note) for note in notes])


def _sealed_note(uow: UnitOfWork, note: Note) -> dict[str, Any]:  # Any: column values
    place = place_of(uow, note.person.id, f"note|{note.case_id}|{note.kind}")
    return {
        "operator_id": uow.operator_id,
        "subject_id": note.person.id,
        "case_id": note.case_id,
        "kind": note.kind,
        "sealed": seal(note.person.key, json.dumps(note.words, ensure_ascii=False).encode(), place),
        "created_at": uow.now,
    }


def open_notes(uow: UnitOfWork, subject_id: UUID, case_id: UUID) -> dict[str, Any]:  # Any: JSON values
    """Return what was sealed with a case, by kind; nothing once the person has been erased."""
    rows = uow.session.execute(
        select(_NOTES.c.kind, _NOTES.c.sealed, _SUBJECTS.c.key_wrapped)
        .join(_SUBJECTS, (_SUBJECTS.c.operator_id == _NOTES.c.operator_id) & (_SUBJECTS.c.id == _NOTES.c.subject_id))
        .where(_NOTES.c.operator_id == uow.operator_id, _NOTES.c.subject_id == subject_id, _NOTES.c.case_id == case_id)
    ).all()
    uow.concerned.add(subject_id)
    found = {}
    for row in rows:
        key = _open_key(uow, subject_id, row.key_wrapped)
        found[row.kind] = json.loads(unseal(key, row.sealed, place_of(uow, subject_id, f"note|{case_id}|{row.kind}")))
    return found


def read_words(
    uow: UnitOfWork, subject_id: UUID, case_id: UUID, because: RevealReason
) -> dict[str, Any]:  # Any: JSON values
    """Return what was sealed with a case to somebody who has to read it; the reading is recorded."""
    found = open_notes(uow, subject_id, case_id)
    record_reveal(uow, subject_id, case_id, found, because)
    return found


def record_reveal(uow: UnitOfWork, subject_id: UUID, case_id: UUID, what: Iterable[str], because: RevealReason) -> None:
    """Record that somebody was shown personal data in clear: in which case, what and why, never the data."""
    facts = {"case": str(case_id), "what": sorted(what), "because": str(because)}
    append(uow, EventType.SUBJECT_REVEALED, subject_id, facts)


def search(uow: UnitOfWork, identifiers: Mapping[IdentifierKind, str]) -> list[str]:
    """Return the references of those who have every one of the identifiers; the search is recorded."""
    found: set[UUID] | None = None
    for kind, value in identifiers.items():
        rows = uow.session.scalars(
            select(_IDENTIFIERS.c.subject_id).where(
                _IDENTIFIERS.c.operator_id == uow.operator_id,
                _IDENTIFIERS.c.kind == str(kind),
                has_value(uow, kind, normalise(kind, value)),
            )
        )
        found = set(rows) if found is None else found & set(rows)
    refs = [reveal_ref(uow, subject_id) for subject_id in sorted(found or ())]
    search_id = new_id(uow.now)
    append(
        uow,
        EventType.SUBJECT_SEARCHED,
        search_id,
        {"search": str(search_id), "by": sorted(map(str, identifiers)), "found": len(refs)},
    )
    return refs


def reveal_ref(uow: UnitOfWork, subject_id: UUID) -> str:
    """Return the operator's own reference of a person."""
    row = uow.session.execute(
        select(_SUBJECTS.c.ref_sealed, _SUBJECTS.c.key_wrapped).where(
            _SUBJECTS.c.operator_id == uow.operator_id, _SUBJECTS.c.id == subject_id
        )
    ).first()
    if row is None:
        raise NotFoundError("This person has been erased.")
    uow.concerned.add(subject_id)
    return open_ref(uow, Person(subject_id, _open_key(uow, subject_id, row.key_wrapped)), row.ref_sealed)


def reveal_identifier(uow: UnitOfWork, subject_id: UUID, kind: IdentifierKind) -> str | None:
    """Return an identifier of a person in clear, for a message to that person; None where there is none."""
    row = uow.session.execute(
        select(_IDENTIFIERS.c.value_sealed, _IDENTIFIERS.c.value_index, _SUBJECTS.c.key_wrapped)
        .join(
            _SUBJECTS,
            (_SUBJECTS.c.operator_id == _IDENTIFIERS.c.operator_id) & (_SUBJECTS.c.id == _IDENTIFIERS.c.subject_id),
        )
        .where(
            _IDENTIFIERS.c.operator_id == uow.operator_id,
            _IDENTIFIERS.c.subject_id == subject_id,
            _IDENTIFIERS.c.kind == str(kind),
        )
        .order_by(_IDENTIFIERS.c.created_at.desc())
        .limit(1)
    ).first()
    if row is None:
        return None
    person = Person(subject_id, _open_key(uow, subject_id, row.key_wrapped))
    return open_identifier(uow, person, kind, row.value_index, row.value_sealed)


def reveal_identifiers(uow: UnitOfWork, subject_id: UUID) -> list[dict[str, str]]:
    """Return every identifier of a person in clear, for an answer to that person."""
    rows = uow.session.execute(
        select(_IDENTIFIERS.c.kind, _IDENTIFIERS.c.value_sealed, _IDENTIFIERS.c.value_index, _SUBJECTS.c.key_wrapped)
        .join(
            _SUBJECTS,
            (_SUBJECTS.c.operator_id == _IDENTIFIERS.c.operator_id) & (_SUBJECTS.c.id == _IDENTIFIERS.c.subject_id),
        )
        .where(_IDENTIFIERS.c.operator_id == uow.operator_id, _IDENTIFIERS.c.subject_id == subject_id)
        .order_by(_IDENTIFIERS.c.created_at, _IDENTIFIERS.c.kind)
    ).all()
    uow.concerned.add(subject_id)
    found = []
    for row in rows:
        person = Person(subject_id, _open_key(uow, subject_id, row.key_wrapped))
        value = open_identifier(uow, person, row.kind, row.value_index, row.value_sealed)
        found.append({"kind": row.kind, "value": value})
    return found


def parse_identifiers(raw: Mapping[str, str]) -> dict[IdentifierKind, str]:
    """Turn ``{"email": ...}`` into kinds; the caller's schema has refused unknown ones."""
    return {IdentifierKind(kind): value for kind, value in raw.items()}


def person_column(table: Table) -> Column[UUID]:
    """Return the column of a personal table that says whose a row is."""
    return table.c.id if table is _SUBJECTS else table.c.subject_id


def _lock(uow: UnitOfWork, ref: str) -> Person | None:
    row = uow.session.execute(
        select(_SUBJECTS.c.id, _SUBJECTS.c.key_wrapped)
        .where(_SUBJECTS.c.operator_id == uow.operator_id, has_ref(uow, ref))
        .with_for_update()
    ).first()
    return None if row is None else _known(uow, row)


def _known(uow: UnitOfWork, row: Any) -> Person:  # Any: a result row
    uow.concerned.add(row.id)
    return Person(row.id, _open_key(uow, row.id, row.key_wrapped))


def new_person(uow: UnitOfWork, ref: str) -> tuple[Person, dict[str, Any]]:  # Any: column values
    """Make a person of a reference that was checked, and the row that keeps them."""
    person = Person(new_id(uow.now), new_key(), is_new=True)
    return person, {
        "operator_id": uow.operator_id,
        "id": person.id,
        "ref_index": index_of_ref(uow, ref),
        "ref_sealed": seal(person.key, ref.encode(), place_of(uow, person.id, "ref")),
        "key_wrapped": uow.keys.wrap(person.key, key_place(uow, person.id)),
        "created_at": uow.now,
    }


def _create(uow: UnitOfWork, ref: str) -> Person:
    person, values = new_person(uow, ref)
    made = uow.session.execute(insert_or_skip(uow.session, _SUBJECTS).values(values).returning(_SUBJECTS.c.id)).first()
    if made is not None:
        uow.concerned.add(person.id)
        return person
    other = _lock(uow, ref)  # somebody else created the person meanwhile
    if other is None:
        raise NotFoundError("This person is being erased; send the request again.")
    return other


def _add_identifiers(uow: UnitOfWork, person: Person, identifiers: Mapping[IdentifierKind, str]) -> None:
    rows = [seal_identifier(uow, person, kind, value, uow.now) for kind, value in identifiers.items()]
    uow.session.execute(insert_or_skip(uow.session, _IDENTIFIERS).values(rows))


def seal_identifier(
    uow: UnitOfWork, person: Person, kind: IdentifierKind, value: str, created_at: datetime
) -> dict[str, object]:
    """Return the row of a normalised identifier, indexed under the current key epoch."""
    index = index_of_value(uow, kind, value)
    return {
        "operator_id": uow.operator_id,
        "subject_id": person.id,
        "kind": str(kind),
        "value_index": index,
        "value_sealed": seal(person.key, value.encode(), place_of(uow, person.id, f"{kind}|{index.hex()}")),
        "created_at": created_at,
    }


def open_identifier(uow: UnitOfWork, person: Person, kind: str, index: bytes, sealed: bytes) -> str:
    """Return an identifier in clear."""
    return unseal(person.key, sealed, place_of(uow, person.id, f"{kind}|{index.hex()}")).decode()


def open_ref(uow: UnitOfWork, person: Person, sealed: bytes) -> str:
    """Return the operator's reference of a person in clear."""
    return unseal(person.key, sealed, place_of(uow, person.id, "ref")).decode()


def key_place(uow: UnitOfWork, subject_id: UUID) -> str:
    """Return the place for which a person's key is wrapped."""
    return place_of(uow, subject_id, "key")


def file_place(uow: UnitOfWork, subject_id: UUID, file_id: UUID, what: str) -> str:
    """Return the place for which a part of a person's file is sealed."""
    return place_of(uow, subject_id, f"file|{file_id}|{what}")


def place_of(uow: UnitOfWork, subject_id: UUID, what: str) -> str:
    """Return the place for which something of a person is sealed."""
    return f"{uow.operator_id}|{subject_id}|{what}"


def _open_key(uow: UnitOfWork, subject_id: UUID, wrapped: bytes) -> bytes:
    return uow.keys.unwrap(wrapped, key_place(uow, subject_id))
