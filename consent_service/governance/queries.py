"""Reads of the registers: entries with their history, and what is computed: the list of data, the size class."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from consent_service.deadlines.rules import almaty_day
from consent_service.governance.rules import RESTRICTED, REVIEW_SOON, size_by_number, size_class
from consent_service.governance.service import open_words
from consent_service.governance.states import EntryKind, SizeClass
from consent_service.governance.tables import RegisterEntry
from consent_service.kernel.db import table_of
from consent_service.kernel.errors import NotFoundError
from consent_service.kernel.uow import UnitOfWork
from consent_service.policies.terms import DataKind, LocalText
from consent_service.recipients.named import versions_in_force
from consent_service.subjects.queries import count_subjects

_ENTRIES = table_of(RegisterEntry)


@dataclass(frozen=True, slots=True, repr=False)
class EntryView:
    """One edition of an entry, opened."""

    id: UUID
    edition: int
    is_current: bool
    kind: EntryKind
    done_on: date
    reference: str | None
    until_on: date | None
    review_on: date | None
    persons: str | None
    words: str | None
    changed_by: str
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class DataLine:
    """One category of data as a document in force names it."""

    document: str
    version: str
    code: str
    kind: DataKind
    name: LocalText
    clause: tuple[str, ...]
    purposes: tuple[str, ...]
    is_restricted: bool


@dataclass(frozen=True, slots=True)
class SizeView:
    """The size class and what it was computed from."""

    people: int
    by_number: SizeClass
    size: SizeClass
    restricted: tuple[DataLine, ...]
    must_notify: bool
    notified_on: date | None
    stopped_on: date | None


def list_entries(uow: UnitOfWork, *, kinds: Sequence[EntryKind] = tuple(EntryKind)) -> list[EntryView]:
    """Return entries as they stand, the latest first."""
    rows = uow.session.execute(
        select(_ENTRIES)
        .where(_ENTRIES.c.operator_id == uow.operator_id, _ENTRIES.c.is_current, _ENTRIES.c.kind.in_(kinds))
        .order_by(_ENTRIES.c.done_on.desc(), _ENTRIES.c.id.desc())
    )
    return [_view(uow, row) for row in rows]


def history(uow: UnitOfWork, entry_id: UUID) -> list[EntryView]:
    """Return the editions of an entry, the latest first.

    Raises:
        NotFoundError: The operator has no such entry.
    """
    rows = uow.session.execute(
        select(_ENTRIES)
        .where(_ENTRIES.c.operator_id == uow.operator_id, _ENTRIES.c.id == entry_id)
        .order_by(_ENTRIES.c.edition.desc())
    ).all()
    if not rows:
        raise NotFoundError("There is no such entry.")
    return [_view(uow, row) for row in rows]


def reviews(uow: UnitOfWork) -> list[EntryView]:
    """Return entries that are to be looked at again within 30 days, or were to be, the earliest first."""
    until = almaty_day(uow.now) + REVIEW_SOON
    rows = uow.session.execute(
        select(_ENTRIES)
        .where(_ENTRIES.c.operator_id == uow.operator_id, _ENTRIES.c.is_current, _ENTRIES.c.review_on <= until)
        .order_by(_ENTRIES.c.review_on, _ENTRIES.c.id)
    )
    return [_view(uow, row) for row in rows]


def data_list(uow: UnitOfWork) -> list[DataLine]:
    """Return the list of data that the documents in force name (Law 94-V art. 8(4)(7))."""
    return [
        DataLine(
            document=version.document,
            version=version.version,
            code=category.code,
            kind=category.kind,
            name=category.name,
            clause=category.clause,
            purposes=tuple(purpose.code for purpose in version.terms.purposes if category.code in purpose.data),
            is_restricted=category.kind in RESTRICTED,
        )
        for version in versions_in_force(uow)
        for category in version.terms.data
    ]


def size_view(uow: UnitOfWork) -> SizeView:
    """Compute the size class from the database (Law 94-V art. 10-1), and whether the authorised body was told."""
    people = count_subjects(uow)
    restricted = tuple(line for line in data_list(uow) if line.is_restricted)
    size = size_class(people, restricted=bool(restricted))
    told = list_entries(uow, kinds=(EntryKind.START_NOTICE, EntryKind.STOP_NOTICE))
    days = {entry.kind: entry.done_on for entry in reversed(told)}
    return SizeView(
        people=people,
        by_number=size_by_number(people),
        size=size,
        restricted=restricted,
        must_notify=size is SizeClass.LARGE,
        notified_on=days.get(EntryKind.START_NOTICE),
        stopped_on=days.get(EntryKind.STOP_NOTICE),
    )


def _view(uow: UnitOfWork, row: Any) -> EntryView:  # Any: a result row
    persons, words = open_words(uow, row.id, row.edition, row.sealed)
    return EntryView(
        id=row.id,
        edition=row.edition,
        is_current=row.is_current,
        kind=row.kind,
        done_on=row.done_on,
        reference=row.reference,
        until_on=row.until_on,
        review_on=row.review_on,
        persons=persons,
        words=words,
        changed_by=row.changed_by,
        changed_at=row.changed_at,
    )
