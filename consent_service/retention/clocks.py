"""When each person is to be looked at: an index over decisions that are always made anew."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Table, delete, select, tuple_, update

from consent_service.kernel.db import table_of, upsert
from consent_service.kernel.uow import UnitOfWork
from consent_service.retention.facts import Decided, Deciding
from consent_service.retention.rules import next_look
from consent_service.retention.states import Verdict
from consent_service.retention.tables import LastActivity, RetentionClock

_CLOCKS, _ACTIVITIES = table_of(RetentionClock), table_of(LastActivity)
_ORDER = (_CLOCKS.c.look_on, _CLOCKS.c.subject_id)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a walk through those who are due has come to."""

    look_on: date
    subject_id: UUID


def look_at(deciding: Deciding, subject_ids: Collection[UUID], today: date) -> None:
    """Work out anew when people are to be decided about, because something of theirs has changed."""
    decided = deciding.about(subject_ids, today)
    set_looks(deciding.uow, {subject_id: look_of(one, today) for subject_id, one in decided.items()})
    forget_looks(deciding.uow, set(subject_ids) - set(decided))


def look_of(decided: Decided, today: date) -> date | None:
    """Return the day on which a person is to be decided about; today where something is to be done."""
    if any(one.verdict is Verdict.ACT for one in decided.decisions):
        return today
    return next_look(decided.decisions)


def set_looks(uow: UnitOfWork, looks: Mapping[UUID, date | None]) -> None:
    """Set the day of some people; who has none is not looked at until something happens."""
    rows = [
        {"operator_id": uow.operator_id, "subject_id": subject_id, "look_on": look_on}
        for subject_id, look_on in sorted(looks.items())
        if look_on is not None
    ]
    if rows:
        statement = upsert(uow.session, _CLOCKS)
        uow.session.execute(
            statement.on_conflict_do_update(
                index_elements=[_CLOCKS.c.operator_id, _CLOCKS.c.subject_id],
                set_={"look_on": statement.excluded.look_on},
            ),
            rows,
        )
    _delete(uow, _CLOCKS, [subject_id for subject_id, look_on in looks.items() if look_on is None])


def move_looks(uow: UnitOfWork, looks: Mapping[UUID, date | None]) -> None:
    """Move the day of people whose rows the caller has locked, by one statement a day; who has none is forgotten."""
    people: defaultdict[date, list[UUID]] = defaultdict(list)
    for subject_id, look_on in looks.items():
        if look_on is not None:
            people[look_on].append(subject_id)
    for look_on, subject_ids in sorted(people.items()):
        uow.session.execute(
            update(_CLOCKS)
            .where(_CLOCKS.c.operator_id == uow.operator_id, _CLOCKS.c.subject_id.in_(subject_ids))
            .values(look_on=look_on)
        )
    _delete(uow, _CLOCKS, [subject_id for subject_id, look_on in looks.items() if look_on is None])


def forget_looks(uow: UnitOfWork, subject_ids: Iterable[UUID]) -> None:
    """Forget the days of people who have been erased, and what was kept only to work them out."""
    gone = sorted(subject_ids)
    for table in (_CLOCKS, _ACTIVITIES):
        _delete(uow, table, gone)


def take_due(uow: UnitOfWork, on: date, subject_ids: Collection[UUID]) -> set[UUID]:
    """Lock the days of those people that have come; who is being looked at by somebody else is passed over."""
    query = select(_CLOCKS.c.subject_id).where(
        _CLOCKS.c.operator_id == uow.operator_id, _CLOCKS.c.subject_id.in_(subject_ids), _CLOCKS.c.look_on <= on
    )
    return set(uow.session.scalars(query.order_by(_CLOCKS.c.subject_id).with_for_update(skip_locked=True)))


def read_due(uow: UnitOfWork, on: date, after: Place | None, limit: int) -> list[Place]:
    """Return some of those whose day will have come, in order, without locking anybody."""
    query = _due(uow, on).order_by(*_ORDER).limit(limit)
    rows = uow.session.execute(query if after is None else query.where(_later(after)))
    return [Place(row.look_on, row.subject_id) for row in rows]


def is_anybody_due(uow: UnitOfWork, on: date) -> bool:
    """Say whether the day of anybody has come."""
    return uow.session.execute(_due(uow, on).limit(1)).first() is not None


def _due(uow: UnitOfWork, on: date) -> Select[tuple[date, UUID]]:
    return select(*_ORDER).where(_CLOCKS.c.operator_id == uow.operator_id, _CLOCKS.c.look_on <= on)


def _later(after: Place) -> ColumnElement[bool]:
    return tuple_(*_ORDER) > (after.look_on, after.subject_id)


def _delete(uow: UnitOfWork, table: Table, subject_ids: Sequence[UUID]) -> None:
    if subject_ids:
        uow.session.execute(
            delete(table).where(table.c.operator_id == uow.operator_id, table.c.subject_id.in_(subject_ids))
        )
