"""Opening a run: who is due is announced, and over the operator's limit a second person must approve."""

from uuid import UUID

from sqlalchemy import insert

from consent_service.deadlines.rules import almaty_day, end_of_day, moment_before
from consent_service.deadlines.service import Law, deadline_for
from consent_service.duties.rules import Case, DutySpec
from consent_service.duties.service import owe
from consent_service.duties.states import Moment
from consent_service.erasure.approvals import announce_run
from consent_service.erasure.states import ApprovalState
from consent_service.kernel.db import table_of
from consent_service.kernel.errors import ConflictError
from consent_service.kernel.ids import new_id
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.service import append, operator_stream
from consent_service.operators.service import lock_operator
from consent_service.retention.clocks import read_due
from consent_service.retention.preview import Preview, preview
from consent_service.retention.road import CAUSE
from consent_service.retention.rules import Course
from consent_service.retention.runs import unordered_run
from consent_service.retention.states import RunState
from consent_service.retention.tables import RetentionRun
from consent_service.storage.states import StorageOrigin

_RUNS = table_of(RetentionRun)
MOST_AT_ONCE = 10_000


def open_at_once(uow: UnitOfWork, law: Law) -> UUID:
    """Open a run for whoever is due today, where they are few enough to be decided about while somebody waits.

    Raises:
        ConflictError: They are too many, nobody is due, or another run waits or is being ordered.
    """
    today = almaty_day(uow.now)
    many = len(read_due(uow, today, None, MOST_AT_ONCE + 1))
    if many > MOST_AT_ONCE:
        raise ConflictError("More people are due than can be decided about at once: the worker opens the run at night.")
    if many == 0:
        raise ConflictError("Nobody is due today.")
    return open_run(uow, preview(uow, law), law)


def open_run(uow: UnitOfWork, found: Preview, law: Law) -> UUID:
    """Open a run for those whom a preview of today has found; over the operator's limit it waits for a second person.

    Raises:
        ConflictError: Another run waits or is being ordered.
    """
    lock_operator(uow)
    if unordered_run(uow) is not None:
        raise ConflictError("Another run waits for its approval or is being ordered; decide on that one first.")
    run_id = new_id(uow.now)
    awaited = announce_run(uow, run_id, found.people) is ApprovalState.AWAITED
    counts = {"held": found.held, "blocked": found.blocked, "rules": _by_rule(found)}
    uow.session.execute(
        insert(_RUNS).values(
            operator_id=uow.operator_id,
            id=run_id,
            on_day=found.on,
            state=RunState.WAITING if awaited else RunState.ORDERING,
            people=found.people,
            due_on=None if found.first is None else found.first.due_on,
            counts=counts,
            opened_by=str(uow.actor),
            opened_at=uow.now,
            ordered_at=None,
            done_at=None,
        )
    )
    if found.first is not None:
        _owe(uow, run_id, found.first, law)
    append(
        uow,
        EventType.RETENTION_RUN_OPENED,
        operator_stream(uow.operator_id),
        {"run": str(run_id), "on": found.on.isoformat(), "people": found.people, **counts},
    )
    return run_id


def _by_rule(found: Preview) -> list[dict[str, object]]:
    return [
        {
            "document": one.document,
            "rule": one.rule,
            "clause": list(one.clause),
            "action": str(one.action),
            "people": one.now,
            "held": one.held,
        }
        for one in found.rules
        if one.now or one.held
    ]


def _owe(uow: UnitOfWork, run_id: UUID, first: Course, law: Law) -> None:
    """Put the first day of a run on the calendar of whoever is in charge."""
    by_law = first.rule.origin is StorageOrigin.LAW and first.limit is None
    spec = DutySpec(
        code=first.rule.code if by_law else f"{first.rule.origin}_erase",
        action=str(first.rule.action),
        origin=str(first.rule.origin),
        source=first.rule.source if first.limit is None else first.limit.source,
        clause=", ".join(first.rule.clause if first.limit is None else first.limit.clause) or None,
        period=first.within,
        settled=first.rule.settled,
        from_at=moment_before(end_of_day(first.counted_on)),
        moment=Moment.ENDED,
        rolls=first.limit is None,
        catalogue_edition=law.catalogue.edition if by_law else None,
    )
    if deadline_for(spec.period, spec.from_at, law.calendar, rolls=spec.rolls).due_on == first.due_on:
        owe(uow, Case(CAUSE, run_id, None), [spec], law.calendar)
