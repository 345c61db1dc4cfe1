"""Ordering a run, part by part: decided anew, ordered, remembered, in one short transaction each."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import insert

from consent_service.consents.blocking import block_all
from consent_service.consents.courses import end_answers
from consent_service.consents.ruling import ruling_of
from consent_service.deadlines.rules import ALMATY
from consent_service.deadlines.service import Law
from consent_service.kernel.db import table_of
from consent_service.kernel.ids import new_id
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.service import append_all
from consent_service.retention.clocks import Place, forget_looks, is_anybody_due, move_looks, read_due, take_due
from consent_service.retention.facts import Decided, Deciding
from consent_service.retention.road import CAUSE, GROUNDS, OrderErasure, order_part
from consent_service.retention.rules import Decision, ending, next_look
from consent_service.retention.runs import OpenRun, end_ordering
from consent_service.retention.states import Verdict
from consent_service.retention.tables import RetentionPart
from consent_service.storage.states import StorageAction, StorageStart
from consent_service.subjects.many import lock_among
from consent_service.webhooks.announcing import Told, announce_all
from consent_service.webhooks.states import Kind

_PARTS = table_of(RetentionPart)
LAST_DAY_RUN_AT = time(20)
_ONE_DAY = timedelta(days=1)


def nothing() -> None:
    """Do nothing."""


@dataclass(frozen=True, slots=True)
class Part:
    """What was done with one part of a run; ``after``: where the next one begins, None at the end.

    ``settled``: how many people are decided about.  ``is_full``: the run has ordered as many as it was announced for.
    """

    after: Place | None
    settled: int = 0
    is_full: bool = False


def order_next(
    uow: UnitOfWork, law: Law, run: OpenRun, after: Place | None, limit: int, locking: Callable[[], None] = nothing
) -> Part:
    """Decide about the next people who are due, and order what is to be done.

    ``locking`` is called when everything is read and the first row is about to be locked.

    Raises:
        ConflictError: The run was rejected.
    """
    due = read_due(uow, run.on_day, after, limit)
    if not due:
        return Part(None)
    read = Deciding(uow, law).about([one.subject_id for one in due], run.on_day)
    locking()
    mine = take_due(uow, run.on_day, [one.subject_id for one in due])
    decided = {subject_id: one for subject_id, one in read.items() if subject_id in mine}
    forget_looks(uow, mine - set(decided))
    free = _free(uow, decided.values())
    acting: list[tuple[Decided, Decision]] = []
    looks: dict[UUID, date | None] = {}
    held = 0
    for one in decided.values():
        if one.subject_id not in free:
            continue  # something of the person is being changed: another try finds them again
        end = ending(one.decisions)
        held += end is not None and end.verdict is Verdict.HOLD
        if end is not None and end.verdict is Verdict.ACT:
            acting.append((one, end))
        else:
            looks[one.subject_id] = _later_look(one, run.on_day)
    ordered = order_part(uow, run.id, run.people, [_command(uow, *each) for each in acting]) if acting else 0
    going = acting[:ordered]
    looks |= {one.subject_id: max(end.due_on or run.on_day, run.on_day) + _ONE_DAY for one, end in going}
    _end_living(uow, [one for one, _ in going])
    blocked = _block(uow, [decided[subject_id] for subject_id in looks])
    move_looks(uow, looks)
    _note(uow, run.id, looked_at=len(mine), ordered=ordered, blocked=blocked, held=held)
    return Part(due[-1] if len(due) == limit else None, len(looks), ordered < len(acting))


def end_if_ordered(uow: UnitOfWork, run: OpenRun, *, is_full: bool) -> None:
    """End the ordering of a run where nobody is left who is due; another worker may still have some."""
    if is_full or not is_anybody_due(uow, run.on_day):
        end_ordering(uow, run.id)


def _free(uow: UnitOfWork, decided: Iterable[Decided]) -> set[UUID]:
    """Return those whom nobody else is changing; who keeps answers need not be locked."""
    touched = {
        one.subject_id for one in decided if any(each.verdict is Verdict.ACT and each.lives for each in one.decisions)
    }
    locked = set(lock_among(uow, touched)) if touched else set()
    return {one.subject_id for one in decided} - touched | locked


def _later_look(decided: Decided, today: date) -> date | None:
    """Return when somebody is looked at again who does not go now; who was blocked may go later."""
    look = next_look(decided.decisions)
    if any(one.verdict is Verdict.ACT for one in decided.decisions):
        return today + _ONE_DAY
    return look


def _end_living(uow: UnitOfWork, acting: Sequence[Decided]) -> None:
    """End the answers whose storage is over: nothing may rest on data that go."""
    people: defaultdict[UUID, list[UUID]] = defaultdict(list)
    for decided in acting:
        for decision in decided.decisions:
            if decision.lives and decision.document in decided.documents:
                people[decided.documents[decision.document]].append(decided.subject_id)
    for document_id, subject_ids in people.items():
        end_answers(uow, subject_ids, ended_by=StorageStart.CONSENT_ENDED, ended_at=uow.now, document_id=document_id)


def _block(uow: UnitOfWork, decided: Sequence[Decided]) -> int:
    people: defaultdict[tuple[UUID, str], list[UUID]] = defaultdict(list)
    for one in decided:
        for decision in one.decisions:
            if decision.verdict is Verdict.ACT and decision.action is StorageAction.BLOCK and decision.course:
                rule = decision.course.rule.code
                people[one.documents[decision.document], rule].append(one.subject_id)
    blocked = 0
    for (document_id, rule), subject_ids in people.items():
        done = block_all(uow, subject_ids, document_id)
        facts = {"document": str(document_id), "rule": rule}
        ruling = ruling_of(uow, done)
        events = [(subject_id, {**facts, "answers": ruling.get(subject_id, {})}) for subject_id in done]
        append_all(uow, EventType.RETENTION_BLOCKED, events)
        announce_all(uow, Kind.PERMISSION_CHANGED, [Told(subject_id) for subject_id in done])
        blocked += len(done)
    return blocked


def _command(uow: UnitOfWork, decided: Decided, end: Decision) -> OrderErasure:
    course = end.course
    if course is None:
        raise TypeError  # nothing ends without a rule
    evening = datetime.combine(course.acts_on, LAST_DAY_RUN_AT, ALMATY)
    clause = ", ".join(course.limit.clause if course.limit else course.rule.clause) or "94-V 18"
    return OrderErasure(
        subject_id=decided.subject_id,
        cause_kind=CAUSE,
        cause_id=new_id(uow.now),
        ground=GROUNDS[course.rule.start],
        run_after=max(uow.now, evening) if course.is_evening else uow.now,
        due_on=course.due_on,
        demanded=end.overrides,
        purposes=decided.purposes,
        reference=f"{end.document}: {clause}",
    )


def _note(uow: UnitOfWork, run_id: UUID, **counts: int) -> None:
    uow.session.execute(
        insert(_PARTS).values(operator_id=uow.operator_id, run_id=run_id, id=new_id(uow.now), at=uow.now, **counts)
    )
