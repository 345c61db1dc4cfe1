"""Reads of the register of incidents."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select

from consent_service.duties.clock_log import EntryView, entries_of
from consent_service.duties.queries import DutyView, duties_of
from consent_service.incidents.service import told
from consent_service.incidents.states import IncidentState, Outcome, TellState
from consent_service.incidents.tables import Incident, IncidentSubject
from consent_service.kernel.cursors import read_cursor, write_cursor
from consent_service.kernel.db import table_of
from consent_service.kernel.errors import NotFoundError
from consent_service.kernel.uow import UnitOfWork
from consent_service.letters.queries import LetterView, letters_of
from consent_service.letters.states import LetterKind
from consent_service.policies.queries import version_by_id

_INCIDENTS, _PEOPLE = table_of(Incident), table_of(IncidentSubject)


@dataclass(frozen=True, slots=True)
class IncidentLine:
    """A line of the register; its words stay sealed."""

    id: UUID
    state: IncidentState
    detected_at: datetime
    detected_on: date
    categories: Sequence[str]
    people_estimate: int | None
    outcome: Outcome | None
    closed_at: datetime | None


@dataclass(frozen=True, slots=True, repr=False)
class IncidentView(IncidentLine):
    """One incident with its words, its clock, and how far telling has come."""

    occurred_at: datetime | None
    documents: Sequence[str]
    rules: Sequence[Mapping[str, Any]]  # Any: {code, document, clause, kk, ru, en} as stored
    what: str
    measures: str | None
    consequences: str | None
    conclusion: str | None
    people: Mapping[str, int]
    duties: tuple[DutyView, ...]
    letters: tuple[LetterView, ...]
    clock_log: tuple[EntryView, ...]


@dataclass(frozen=True, slots=True)
class ListedPerson:
    """Somebody whom the incident reached."""

    subject_id: UUID
    state: TellState
    letter_id: UUID | None
    reference: str | None
    told_at: datetime | None


_LINE = [_INCIDENTS.c[name] for name in IncidentLine.__dataclass_fields__]


def incident_view(uow: UnitOfWork, incident_id: UUID) -> IncidentView:
    """Return one incident.

    Raises:
        NotFoundError: The operator has none with this id.
    """
    row = uow.session.execute(
        select(_INCIDENTS).where(_INCIDENTS.c.operator_id == uow.operator_id, _INCIDENTS.c.id == incident_id)
    ).first()
    if row is None:
        raise NotFoundError("There is no such incident.")
    words = told(uow, row)
    counts = uow.session.execute(
        select(_PEOPLE.c.state, func.count())
        .where(_PEOPLE.c.operator_id == uow.operator_id, _PEOPLE.c.incident_id == incident_id)
        .group_by(_PEOPLE.c.state)
    )
    return IncidentView(
        id=row.id,
        state=row.state,
        detected_at=row.detected_at,
        detected_on=row.detected_on,
        categories=row.categories,
        people_estimate=row.people_estimate,
        outcome=row.outcome,
        closed_at=row.closed_at,
        occurred_at=row.occurred_at,
        documents=tuple(version_by_id(uow, UUID(one)).name for one in row.documents),
        rules=row.rules,
        what=words.what,
        measures=words.measures,
        consequences=words.consequences,
        conclusion=words.conclusion,
        people={str(state): number for state, number in counts},
        duties=tuple(duties_of(uow, incident_id)),
        # Letters to people are many: the register of letters has them, and the list of people says where each stands.
        letters=tuple(one for one in letters_of(uow, incident_id) if one.kind is LetterKind.AUTHORITY_NOTICE),
        clock_log=tuple(entries_of(uow, incident_id)),
    )


def list_incidents(uow: UnitOfWork, *, limit: int, cursor: str | None) -> tuple[list[IncidentLine], str | None]:
    """Return a page of the register, the latest detected first.

    Raises:
        InvalidInputError: The cursor is not one of ours.
    """
    query = select(*_LINE).where(_INCIDENTS.c.operator_id == uow.operator_id)
    if cursor is not None:
        at, last = read_cursor(cursor)
        same = (_INCIDENTS.c.detected_at == at) & (_INCIDENTS.c.id < last)
        query = query.where((_INCIDENTS.c.detected_at < at) | same)
    query = query.order_by(_INCIDENTS.c.detected_at.desc(), _INCIDENTS.c.id.desc()).limit(limit + 1)
    rows = [IncidentLine(*row) for row in uow.session.execute(query)]
    page = rows[:limit]
    return page, write_cursor(page[-1].detected_at, page[-1].id) if len(rows) > limit else None


def people_of(uow: UnitOfWork, incident_id: UUID, limit: int) -> list[ListedPerson]:
    """Return people whom an incident reached, those still to be told first."""
    rows = uow.session.execute(
        select(*(_PEOPLE.c[name] for name in ListedPerson.__dataclass_fields__))
        .where(_PEOPLE.c.operator_id == uow.operator_id, _PEOPLE.c.incident_id == incident_id)
        .order_by((_PEOPLE.c.state == TellState.TO_TELL).desc(), _PEOPLE.c.subject_id)
        .limit(limit)
    )
    return [ListedPerson(*row) for row in rows]


def not_notified(uow: UnitOfWork) -> Select[UUID]:
    """Return the incidents that have no written notice yet, as part of another statement: the alarm of the day."""
    return select(_INCIDENTS.c.id).where(
        _INCIDENTS.c.operator_id == uow.operator_id, _INCIDENTS.c.state == IncidentState.DETECTED
    )
