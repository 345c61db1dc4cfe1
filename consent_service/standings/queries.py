"""Reads about standings: of one person, of one change, and what a draft would bring."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import case, func, select, union_all

from consent_service.consents.holders import documents_held, held_by, holders
from consent_service.deadlines.rules import end_of_day
from consent_service.deadlines.working_days import Calendar
from consent_service.kernel.db import table_of
from consent_service.kernel.errors import NotFoundError
from consent_service.kernel.uow import UnitOfWork
from consent_service.policies.queries import (
    Version,
    VersionView,
    list_versions,
    published_versions,
    version_by_id,
    version_named,
)
from consent_service.policies.states import VersionState
from consent_service.policies.terms import AppliesTo, Binds
from consent_service.standings.rules import Course, course, earliest_effect
from consent_service.standings.states import Effect, How, StandingState
from consent_service.standings.tables import Standing, VersionChange
from consent_service.subjects.identity import IdentifierKind
from consent_service.subjects.queries import find_id, has_identifier

_ONE_DAY = timedelta(days=1)
_STANDINGS, _CHANGES = table_of(Standing), table_of(VersionChange)


@dataclass(frozen=True, slots=True)
class ChangeStanding:
    """Where a person stands towards one version; ``effect``: what an objection to it leads to, by the document."""

    version: str
    in_force_on: date
    state: StandingState
    how: How | None
    clause: tuple[str, ...]
    notified_at: datetime | None
    binds_at: datetime | None
    accepted_at: datetime | None
    act: str | None
    objected_at: datetime | None
    withdrawal_id: UUID | None
    asked_for: tuple[Mapping[str, object], ...]
    binds: Binds | None
    effect: Effect


@dataclass(frozen=True, slots=True)
class DocumentStanding:
    """The version of a document that binds a person, how it came to, and the changes since."""

    document: str
    version: str | None
    how: How | None
    accepted_at: datetime | None
    act: str | None
    changes: tuple[ChangeStanding, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """People bound by one version, and what a new one would bring them.

    ``binds_at`` is for somebody told when the preview was made; ``earliest_on`` the first day in force that leaves the
    notice which the document prints.
    """

    base: str
    people: int
    without_address: int
    state: StandingState
    binds: Binds | None
    clause: tuple[str, ...]
    binds_at: datetime | None
    earliest_on: date | None
    asked_for: tuple[Mapping[str, object], ...]


@dataclass(frozen=True, slots=True)
class ChangeView:
    """A version that follows others: what it brings to whom, and how far that has come once it is published."""

    document: str
    version: str
    state: VersionState
    change: AppliesTo | None
    posted_at: datetime | None
    in_force_on: date
    groups: tuple[Group, ...]
    standings: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class NotTold:
    """Somebody whom no notice has reached."""

    subject_id: UUID
    changed_at: datetime


def standing_row(uow: UnitOfWork, subject_id: UUID, version_id: UUID) -> Any:  # Any: a result row
    """Return the row of a standing, None where there is none."""
    return uow.session.execute(
        select(_STANDINGS).where(
            _STANDINGS.c.operator_id == uow.operator_id,
            _STANDINGS.c.subject_id == subject_id,
            _STANDINGS.c.version_id == version_id,
        )
    ).first()


def standing_of(uow: UnitOfWork, ref: str) -> list[DocumentStanding]:
    """Return where a person stands towards each document.

    Raises:
        NotFoundError: Nobody is known under the reference.
    """
    subject_id = find_id(uow, ref)
    if subject_id is None:
        raise NotFoundError("Nobody is known under this reference.")
    return standings_of(uow, subject_id)


def standings_of(uow: UnitOfWork, subject_id: UUID) -> list[DocumentStanding]:
    """Return where a person stands towards each document, by the document's name."""
    rows = uow.session.execute(
        select(_STANDINGS).where(_STANDINGS.c.operator_id == uow.operator_id, _STANDINGS.c.subject_id == subject_id)
    ).all()
    found = []
    for document in documents_held(uow, subject_id) | {row.document_id for row in rows}:
        mine = sorted(
            ((version_by_id(uow, row.version_id), row) for row in rows if row.document_id == document),
            key=lambda pair: _order(pair[0]),
        )
        found.append(_document(uow, subject_id, document, mine))
    return sorted(found, key=lambda one: one.document)


def change_view(
    uow: UnitOfWork,
    document: str,
    version: str,
    calendar: Calendar,
    *,
    in_force_on: date | None = None,
    change: AppliesTo | None = None,
) -> ChangeView:
    """Return what publishing a draft would bring, and on which day; or how far a published change has come.

    Raises:
        NotFoundError: The operator has no such document or version.
    """
    view = version_named(uow, document, version, uow.now)
    is_draft = view.state is VersionState.DRAFT
    kind = change if is_draft else view.change_kind
    day = in_force_on if is_draft and in_force_on is not None else view.in_force_on
    counts: Mapping[str, int] = {}
    if not is_draft:
        rows = uow.session.execute(
            select(_STANDINGS.c.state, func.count())
            .where(_STANDINGS.c.operator_id == uow.operator_id, _STANDINGS.c.version_id == view.id)
            .group_by(_STANDINGS.c.state)
        )
        counts = {str(state): number for state, number in rows}
    in_force_at = end_of_day(day - _ONE_DAY)
    groups = _groups(uow, view, kind, in_force_at, calendar) if is_draft else ()
    return ChangeView(view.name, view.version, view.state, kind, view.published_at, day, groups, counts)


def changes(uow: UnitOfWork) -> list[tuple[VersionView, Mapping[str, int]]]:
    """Return drafts of documents that have a published version, and published changes with counts, latest first."""
    counts: dict[UUID, dict[str, int]] = {}
    for version_id, state, number in uow.session.execute(
        select(_STANDINGS.c.version_id, _STANDINGS.c.state, func.count())
        .where(_STANDINGS.c.operator_id == uow.operator_id)
        .group_by(_STANDINGS.c.version_id, _STANDINGS.c.state)
    ):
        counts.setdefault(version_id, {})[str(state)] = number
    followed = set(uow.session.scalars(select(_CHANGES.c.version_id).where(_CHANGES.c.operator_id == uow.operator_id)))
    documents = {version_by_id(uow, one.id).document for one in published_versions(uow)}
    found = [
        view
        for document in sorted(documents)
        for view in list_versions(uow, document, uow.now)
        if view.state is VersionState.DRAFT or view.id in followed
    ]
    found.sort(key=lambda view: (view.state is VersionState.DRAFT, view.published_at or uow.now), reverse=True)
    return [(view, counts.get(view.id, {})) for view in found]


def not_told(uow: UnitOfWork, version_id: UUID, limit: int) -> list[NotTold]:
    """Return people whom the notice of a version has not reached: somebody must tell them another way."""
    rows = uow.session.execute(
        select(_STANDINGS.c.subject_id, _STANDINGS.c.changed_at)
        .where(
            _STANDINGS.c.operator_id == uow.operator_id,
            _STANDINGS.c.version_id == version_id,
            _STANDINGS.c.state == StandingState.NOT_NOTIFIED,
        )
        .order_by(_STANDINGS.c.changed_at)
        .limit(limit)
    )
    return [NotTold(*row) for row in rows]


def _document(uow: UnitOfWork, subject_id: UUID, document: UUID, mine: list[tuple[Version, Any]]) -> DocumentStanding:
    bound: list[tuple[Version, How, datetime, str | None]] = []
    for held in held_by(uow, document, [subject_id]).get(subject_id, ()):
        how = How.IMPLIED if held.is_implied else How.EXPLICIT
        bound.append((version_by_id(uow, held.version_id), how, held.given_at, None))
    own = {version.id for version, *_ in bound}
    bound += [
        (version, row.how, row.accepted_at, row.act)
        for version, row in mine
        if row.state is StandingState.ACCEPTED and version.id not in own
    ]
    latest = max(bound, key=lambda one: _order(one[0]), default=None)
    name = (latest[0] if latest else mine[0][0]).name
    changes_ = tuple(_change(uow, version, row) for version, row in mine)
    if latest is None:
        return DocumentStanding(name, None, None, None, None, changes_)
    return DocumentStanding(name, latest[0].version, latest[1], latest[2], latest[3], changes_)


def _change(uow: UnitOfWork, version: Version, row: Any) -> ChangeStanding:  # Any: a result row
    planned = course(version_by_id(uow, row.base_version_id).terms, version.terms, version.change_kind)
    return ChangeStanding(
        version.version,
        version.in_force_on,
        row.state,
        row.how,
        _clause(planned),
        row.notified_at,
        row.binds_at,
        row.accepted_at,
        row.act,
        row.objected_at,
        row.withdrawal_id,
        _asked_for(planned),
        row.binds,
        planned.effect,
    )


def _groups(
    uow: UnitOfWork, new: Version, kind: AppliesTo | None, in_force_at: datetime, calendar: Calendar
) -> tuple[Group, ...]:
    groups = []
    for base_id, people, reachable in _people(uow, new):
        base = version_by_id(uow, base_id)
        planned = course(base.terms, new.terms, kind)
        groups.append(
            Group(
                base.version,
                people,
                people - reachable if planned.is_mailed else 0,
                planned.first_state,
                None if planned.rule is None or planned.asks_again else planned.rule.binds,
                _clause(planned),
                planned.binds_at(uow.now, in_force_at, calendar),
                earliest_effect(planned.rule, uow.now, calendar),
                _asked_for(planned),
            )
        )
    return tuple(groups)


def _people(uow: UnitOfWork, new: Version) -> list[tuple[UUID, int, int]]:
    """Count people by the latest version that binds them, and those of them with an e-mail address."""
    order = {one.id: place for place, one in enumerate(published_versions(uow)) if one.document_id == new.document_id}
    places = {place: version_id for version_id, place in order.items()}
    if not order:
        return []
    own = holders(uow.operator_id, new.document_id).subquery()
    deemed = select(_STANDINGS.c.version_id, _STANDINGS.c.subject_id).where(
        _STANDINGS.c.operator_id == uow.operator_id,
        _STANDINGS.c.document_id == new.document_id,
        _STANDINGS.c.state == StandingState.ACCEPTED,
        _STANDINGS.c.subject_id.in_(select(own.c.subject_id)),
    )
    bound = union_all(select(own.c.version_id, own.c.subject_id), deemed).subquery()
    place = case(*((bound.c.version_id == version_id, number) for version_id, number in order.items()))
    latest = select(bound.c.subject_id, func.max(place).label("place")).group_by(bound.c.subject_id).subquery()
    reachable = case((has_identifier(uow.operator_id, latest.c.subject_id, IdentifierKind.EMAIL), 1), else_=0)
    rows = uow.session.execute(
        select(latest.c.place, func.count(), func.sum(reachable)).group_by(latest.c.place).order_by(latest.c.place)
    )
    return [(places[row[0]], row[1], row[2]) for row in rows]


def _clause(planned: Course) -> tuple[str, ...]:
    return () if planned.rule is None else planned.rule.clause


def _asked_for(planned: Course) -> tuple[Mapping[str, object], ...]:
    return tuple(one.as_data() for one in planned.news)


def _order(version: Version) -> tuple[Any, Any]:  # Any: instants
    return version.in_force_at, version.published_at
