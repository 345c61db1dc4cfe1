"""The operator's own schedule: set in editions, each valid from a day that is not past."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, func, insert, select

from consent_service.deadlines.periods import Period
from consent_service.deadlines.rules import almaty_day
from consent_service.deadlines.service import Law
from consent_service.kernel.db import table_of
from consent_service.kernel.errors import InvalidInputError
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.service import append, operator_stream
from consent_service.operators.queries import storage_editions
from consent_service.operators.service import count_storage_edition, lock_operator
from consent_service.policies.queries import list_documents, published_versions, version_by_id
from consent_service.policies.terms import Terms
from consent_service.storage.limits import check_schedule, refused
from consent_service.storage.rules import LANGUAGES, LAW, ScheduleRule
from consent_service.storage.states import StorageAction, StorageStart
from consent_service.storage.tables import StorageSchedule

_SCHEDULES = table_of(StorageSchedule)
MOST_RULES = 200


@dataclass(frozen=True, slots=True)
class Edition:
    """One edition of a schedule."""

    number: int
    valid_from: date
    rules: tuple[ScheduleRule, ...]
    set_by: str
    set_at: datetime


# The editions of each operator of each database, by how many there are: an edition never changes.
_known: WeakKeyDictionary[Engine | Connection, dict[int, tuple[Edition, ...]]] = WeakKeyDictionary()


def schedule_on(uow: UnitOfWork, on: date) -> tuple[ScheduleRule, ...]:
    """Return the rules of the operator's schedule on a day.  Costs nothing where there never was one."""
    valid = [edition for edition in editions(uow) if edition.valid_from <= on]
    return valid[-1].rules if valid else ()


def edition_on(uow: UnitOfWork, on: date) -> int:
    """Return the number of the edition that rules on a day; 0 where there is none."""
    return max((edition.number for edition in editions(uow) if edition.valid_from <= on), default=0)


def editions(uow: UnitOfWork) -> tuple[Edition, ...]:
    """Return all editions, the first one first."""
    count = storage_editions(uow)
    if count == 0:
        return ()
    known = _known.setdefault(uow.session.get_bind(), {})
    found = known.get(uow.operator_id, ())
    if len(found) != count:
        rows = uow.session.execute(
            select(_SCHEDULES).where(_SCHEDULES.c.operator_id == uow.operator_id).order_by(_SCHEDULES.c.edition)
        )
        found = tuple(
            Edition(row.edition, row.valid_from, tuple(map(read_rule, row.rules)), row.set_by, row.set_at)
            for row in rows
        )
        if found and found[-1].set_at < uow.now:  # what this very transaction has set may yet be rolled back
            known[uow.operator_id] = found
    return found


def counts_activity(uow: UnitOfWork) -> bool:
    """Say whether any term of the schedule, in any edition, runs from the last activity of a person."""
    return any(rule.start is StorageStart.LAST_ACTIVITY for edition in editions(uow) for rule in edition.rules)


def set_schedule(uow: UnitOfWork, rules: Sequence[ScheduleRule], *, valid_from: date | None, law: Law) -> int:
    """Set the whole schedule anew, from a day on; returns the number of the edition.

    What has started before that day keeps the rules of its own day.

    Raises:
        InvalidInputError: A rule keeps longer than the document prints or the law allows, or the day is past.
    """
    today = almaty_day(uow.now)
    begins = valid_from or today
    if begins < today:
        raise InvalidInputError.of("valid_from", "This day is past; choose today or a later one.")
    if len(rules) > MOST_RULES:
        raise InvalidInputError.of("rules", f"Send {MOST_RULES} rules at most.")
    lock_operator(uow)
    check_schedule(rules, _documents(uow), law.catalogue.rule(LAW, begins).period)
    number = 1 + (
        uow.session.scalar(select(func.max(_SCHEDULES.c.edition)).where(_SCHEDULES.c.operator_id == uow.operator_id))
        or 0
    )
    written = [write_rule(rule) for rule in rules]
    uow.session.execute(
        insert(_SCHEDULES).values(
            operator_id=uow.operator_id,
            edition=number,
            valid_from=begins,
            rules=written,
            set_by=str(uow.actor),
            set_at=uow.now,
        )
    )
    count_storage_edition(uow, number)
    append(
        uow,
        EventType.STORAGE_SCHEDULE_SET,
        operator_stream(uow.operator_id),
        {"edition": number, "valid_from": begins.isoformat(), "rules": written},
    )
    return number


def refusals(uow: UnitOfWork, rules: Sequence[ScheduleRule], law: Law) -> list[tuple[int, Mapping[str, str]]]:
    """Return which rules of a schedule could not be taken today, by their place, and why in three languages."""
    return refused(rules, _documents(uow), law.catalogue.rule(LAW, almaty_day(uow.now)).period)


def read_rule(data: Mapping[str, Any]) -> ScheduleRule:  # Any: JSON values
    """Read a rule from the JSON that a row keeps."""
    return ScheduleRule(
        code=data["code"],
        document=data["document"],
        purposes=tuple(data["purposes"]),
        start=StorageStart(data["start"]),
        period=Period.parse(data["period"]),
        action=StorageAction(data["action"]),
        basis={language: data["basis"][language] for language in LANGUAGES},
        required_by_law=data["required_by_law"],
    )


def write_rule(rule: ScheduleRule) -> dict[str, Any]:  # Any: JSON values
    """Write a rule as JSON."""
    return {
        "code": rule.code,
        "document": rule.document,
        "purposes": list(rule.purposes),
        "start": str(rule.start),
        "period": str(rule.period),
        "action": str(rule.action),
        "basis": dict(rule.basis),
        "required_by_law": rule.required_by_law,
    }


def _documents(uow: UnitOfWork) -> dict[str, Sequence[Terms]]:
    """Return the terms of every published version by document: answers may stand under each of them."""
    slugs = {document.id: document.slug for document in list_documents(uow, uow.now)}
    found: dict[str, list[Terms]] = {}
    for published in published_versions(uow):
        found.setdefault(slugs[published.document_id], []).append(version_by_id(uow, published.id).terms)
    return dict(found)
