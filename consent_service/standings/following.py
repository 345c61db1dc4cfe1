"""Following a new version: who it concerns, what becomes of each, and the notices that are owed."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update

from consent_service.consents.holders import Held, held_by, recorded_after
from consent_service.deadlines.service import Law
from consent_service.kernel.db import insert_or_skip, table_of
from consent_service.kernel.ids import first_id
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.service import append, operator_stream
from consent_service.operators.service import lock_operator
from consent_service.outbox.service import Message, enqueue_all
from consent_service.policies.queries import PublishedVersion, Version, published_versions, version_by_id
from consent_service.standings.course import note_standing
from consent_service.standings.rules import Course, course
from consent_service.standings.states import OPEN, How, StandingState
from consent_service.standings.tables import Standing, VersionChange
from consent_service.standings.words import CHANGE_NOTICE
from consent_service.subjects.service import lock_by_id

_CHANGES, _STANDINGS = table_of(VersionChange), table_of(Standing)
SETTLED_AFTER = timedelta(minutes=5)  # by then the transaction of a consent with an earlier id has ended


def open_changes(uow: UnitOfWork) -> int:
    """Begin to follow each published version that came after another one of its document; returns how many."""
    known = set(uow.session.scalars(select(_CHANGES.c.version_id).where(_CHANGES.c.operator_id == uow.operator_id)))
    versions = published_versions(uow)
    fresh = [
        one
        for place, one in enumerate(versions)
        if one.id not in known and any(earlier.document_id == one.document_id for earlier in versions[:place])
    ]
    if fresh:
        lock_operator(uow)
    for one in fresh:
        values = {
            "operator_id": uow.operator_id,
            "version_id": one.id,
            "document_id": one.document_id,
            "posted_at": one.published_at,
            "read_until": None,
            "over_at": None,
            "created_at": uow.now,
        }
        uow.session.execute(insert_or_skip(uow.session, _CHANGES).values(values))
        append(
            uow,
            EventType.CHANGE_POSTED,
            operator_stream(uow.operator_id),
            {"version": str(one.id), "change": one.change_kind},
        )
    _end_those_replaced(uow, versions)
    return len(fresh)


def followed(uow: UnitOfWork) -> Sequence[UUID]:
    """Return the versions whose change is still followed."""
    return uow.session.scalars(
        select(_CHANGES.c.version_id)
        .where(_CHANGES.c.operator_id == uow.operator_id, _CHANGES.c.over_at.is_(None))
        .order_by(_CHANGES.c.posted_at)
    ).all()


def follow(uow: UnitOfWork, version_id: UUID, law: Law, limit: int) -> int:
    """Look at the next consents of the document: give each person it concerns a standing, and owe the notice.

    Returns how many consents were looked at; less than ``limit`` when there are no further ones.
    """
    change = uow.session.execute(
        select(_CHANGES)
        .where(_CHANGES.c.operator_id == uow.operator_id, _CHANGES.c.version_id == version_id)
        .with_for_update()
    ).one()
    before = first_id(uow.now - SETTLED_AFTER)
    recorded = recorded_after(uow, change.document_id, change.read_until, before, limit)
    if not recorded:
        return 0
    people = dict.fromkeys(subject_id for _, subject_id in recorded)
    new = version_by_id(uow, version_id)
    held = held_by(uow, change.document_id, people)
    deemed = _deemed(uow, change.document_id, people)
    known = _known(uow, version_id, people)
    rows, messages = [], []
    for subject_id in people:
        versions = [version_by_id(uow, one.version_id) for one in held.get(subject_id, ())]
        versions += [version_by_id(uow, one) for one in deemed.get(subject_id, ())]
        if not held.get(subject_id):
            continue
        base = max(versions, key=_order)
        if _order(base) >= _order(new):
            _accept_explicitly(uow, subject_id, new, held[subject_id], known.get(subject_id))
        elif subject_id not in known and lock_by_id(uow, subject_id) is not None:
            asked = course(base.terms, new.terms, new.change_kind)
            rows.append(_row(uow, subject_id, base, new, asked, law))
            if asked.is_mailed:
                language = held[subject_id][-1].language
                messages.append(Message(CHANGE_NOTICE, version_id, language, {}, subject_id=subject_id))
            if asked.asks_again:
                facts = {"news": [f"{one.kind}:{one.code}" for one in asked.news]}
                note_standing(uow, subject_id, new, StandingState.ASKED_AGAIN, facts)
    if rows:
        uow.session.execute(insert(_STANDINGS), rows)
    enqueue_all(uow, messages)
    uow.session.execute(
        update(_CHANGES)
        .where(_CHANGES.c.operator_id == uow.operator_id, _CHANGES.c.version_id == version_id)
        .values(read_until=recorded[-1][0])
    )
    return len(recorded)


def _row(
    uow: UnitOfWork, subject_id: UUID, base: Version, new: Version, asked: Course, law: Law
) -> dict[str, Any]:  # Any: column values
    state = asked.first_state
    posted_at = new.published_at or uow.now
    return {
        "operator_id": uow.operator_id,
        "subject_id": subject_id,
        "version_id": new.id,
        "document_id": new.document_id,
        "base_version_id": base.id,
        "state": state,
        "binds": None if asked.rule is None or asked.asks_again else asked.rule.binds,
        "notified_at": None,
        "notice": None,
        "binds_at": asked.binds_at(posted_at, new.in_force_at, law.calendar)
        if state is StandingState.WAITING
        else None,
        "accepted_at": None,
        "how": None,
        "act": None,
        "objected_at": None,
        "withdrawal_id": None,
        "changed_at": uow.now,
    }


def _accept_explicitly(
    uow: UnitOfWork, subject_id: UUID, new: Version, held: Sequence[Held], known: StandingState | None
) -> None:
    own = next((one for one in held if one.version_id == new.id), None)
    if own is None or known is None or known not in {*OPEN, StandingState.OBJECTED, StandingState.ENDED}:
        return
    if lock_by_id(uow, subject_id) is None:
        return
    how = How.IMPLIED if own.is_implied else How.EXPLICIT
    uow.session.execute(
        update(_STANDINGS)
        .where(
            _STANDINGS.c.operator_id == uow.operator_id,
            _STANDINGS.c.subject_id == subject_id,
            _STANDINGS.c.version_id == new.id,
        )
        .values(state=StandingState.ACCEPTED, how=how, accepted_at=own.given_at, changed_at=uow.now)
    )
    note_standing(uow, subject_id, new, StandingState.ACCEPTED, {"how": str(how)})


def _known(uow: UnitOfWork, version_id: UUID, people: Mapping[UUID, None]) -> dict[UUID, StandingState]:
    rows = uow.session.execute(
        select(_STANDINGS.c.subject_id, _STANDINGS.c.state).where(
            _STANDINGS.c.operator_id == uow.operator_id,
            _STANDINGS.c.version_id == version_id,
            _STANDINGS.c.subject_id.in_(people),
        )
    )
    return {row.subject_id: row.state for row in rows}


def _deemed(uow: UnitOfWork, document_id: UUID, people: Mapping[UUID, None]) -> dict[UUID, list[UUID]]:
    found: dict[UUID, list[UUID]] = {}
    for row in uow.session.execute(
        select(_STANDINGS.c.subject_id, _STANDINGS.c.version_id).where(
            _STANDINGS.c.operator_id == uow.operator_id,
            _STANDINGS.c.document_id == document_id,
            _STANDINGS.c.subject_id.in_(people),
            _STANDINGS.c.state == StandingState.ACCEPTED,
        )
    ):
        found.setdefault(row.subject_id, []).append(row.version_id)
    return found


def _end_those_replaced(uow: UnitOfWork, versions: Sequence[PublishedVersion]) -> None:
    """Stop following a change once a later version of the document is in force."""
    in_force: dict[UUID, UUID] = {}
    for one in versions:
        if one.in_force_at <= uow.now:
            in_force[one.document_id] = one.id
    for document_id, version_id in in_force.items():
        order = [one.id for one in versions if one.document_id == document_id]
        replaced = order[: order.index(version_id)]
        if replaced:
            uow.session.execute(
                update(_CHANGES)
                .where(
                    _CHANGES.c.operator_id == uow.operator_id,
                    _CHANGES.c.version_id.in_(replaced),
                    _CHANGES.c.over_at.is_(None),
                )
                .values(over_at=uow.now)
            )


def _order(version: Version) -> tuple[Any, Any]:  # Any: instants
    return version.in_force_at, version.published_at
