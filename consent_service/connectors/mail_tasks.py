"""Asking a named person at the operator to erase by hand: by mail, again on each working day, until it is confirmed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select, update

from consent_service.connectors.description import MailTaskDescription, described
from consent_service.connectors.journal import Begin
from consent_service.connectors.refusals import AskThereError, TargetFailedError
from consent_service.connectors.service import open_hidden
from consent_service.connectors.states import Kind, TaskState
from consent_service.connectors.tables import Connector, MailTask
from consent_service.connectors.task_links import forget_links_of, make_link
from consent_service.connectors.words import CONNECTOR_TASK
from consent_service.deadlines.rules import ALMATY, almaty_day
from consent_service.deadlines.working_days import Calendar
from consent_service.erasure.queries import order_scope
from consent_service.erasure.states import OrderState
from consent_service.erasure.targets import Erased, Outcome, Whom
from consent_service.kernel.db import table_of
from consent_service.kernel.ids import new_id
from consent_service.kernel.sealed_columns import SealedColumn
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.service import append
from consent_service.outbox.queries import messages_of
from consent_service.outbox.service import Message, enqueue
from consent_service.outbox.states import MessageState

REMINDED_FROM = time(9)  # in Almaty
_TASKS, _CONNECTORS = table_of(MailTask), table_of(Connector)
REFERENCE = SealedColumn(_TASKS.c.sealed)
LACKING = SealedColumn(_TASKS.c.answer_sealed)
UNCONFIRMED = (TaskState.OPEN, TaskState.LACKING)
_UNREACHED = frozenset({MessageState.BOUNCED, MessageState.BY_HAND})
_ENDED = frozenset({OrderState.DONE, OrderState.CANCELLED})
_AT_REST = _ENDED | {OrderState.HELD}
TaskKey = tuple[UUID, str]  # the order and the target


@dataclass(frozen=True, slots=True, repr=False)
class MailTaskTarget:
    """Somebody who erases by hand; the operator's reference is told on the page alone, never in the mail."""

    description: MailTaskDescription
    address: str
    begin: Begin

    kind = str(Kind.MAIL_TASK)

    @property
    def name(self) -> str:
        """The name of the target."""
        return self.description.name

    def find(self, whom: Whom) -> Mapping[str, int]:  # noqa: ARG002 - the protocol's
        """Tell nothing: what is there is known to the person who is asked."""
        return {}

    def collect(self, whom: Whom) -> Mapping[str, Sequence[Mapping[str, Any]]]:  # noqa: ARG002 - the protocol's; Any as there
        """Say that the data must be asked for there."""
        raise AskThereError(f"{self.name}: This place hands nothing out by itself. Ask there for the person's data.")

    def erase(self, whom: Whom, found_before: Mapping[str, int]) -> Erased:  # noqa: ARG002 - the protocol's
        """Ask once, and tell what has come of it: later, until the person named has confirmed.

        Raises:
            TargetFailedError: Something is lacking, or the mail does not arrive.
        """
        with self.begin() as uow:
            task = uow.session.execute(
                select(_TASKS.c.id, _TASKS.c.state, _TASKS.c.counts)
                .where(*_here(uow, (whom.order_id, self.name)))
                .with_for_update()
            ).first()
            if task is None:
                _ask(uow, whom, self.description, self.address)
                return Erased(Outcome.LATER, {}, self.kind, {})
            if task.state is TaskState.CONFIRMED:
                return Erased(Outcome.CONFIRMED, task.counts, self.kind, dict.fromkeys(task.counts, 0))
            if task.state is TaskState.LACKING:
                raise TargetFailedError(
                    f"{self.name}: Whoever was asked says that something is lacking; 'connectors tasks' shows what. "
                    "The task can still be confirmed by its link."
                )
            messages = messages_of(uow, [task.id])
            if messages and messages[-1].state in _UNREACHED:
                raise TargetFailedError(
                    f"{self.name}: The mail that asks for it does not arrive; set the right address with "
                    "'connectors set'. It is sent again on the next working day."
                )
        return Erased(Outcome.LATER, {}, self.kind, {})


def tasks_to_remind(uow: UnitOfWork, calendar: Calendar) -> list[TaskKey]:
    """Return the tasks that are mailed again today: on working days from 09:00 in Almaty, once."""
    today = almaty_day(uow.now)
    if uow.now.astimezone(ALMATY).time() < REMINDED_FROM or not calendar.is_working(today):
        return []
    rows = uow.session.execute(
        select(_TASKS.c.order_id, _TASKS.c.target)
        .where(_TASKS.c.operator_id == uow.operator_id, _TASKS.c.state.in_(UNCONFIRMED), _TASKS.c.mailed_on < today)
        .order_by(_TASKS.c.created_at)
    )
    return [(row.order_id, row.target) for row in rows]


def remind(uow: UnitOfWork, task: TaskKey) -> None:
    """Mail a task again with a link of its own, while its order is under way and its target is still there."""
    today = almaty_day(uow.now)
    row = uow.session.execute(
        update(_TASKS)
        .where(*_here(uow, task), _TASKS.c.state.in_(UNCONFIRMED), _TASKS.c.mailed_on < today)
        .values(mailed_on=today)
        .returning(_TASKS.c.id)
    ).first()
    order = order_scope(uow, task[0])
    target = uow.session.execute(
        select(_CONNECTORS.c.description, _CONNECTORS.c.sealed).where(
            _CONNECTORS.c.operator_id == uow.operator_id,
            _CONNECTORS.c.name == task[1],
            _CONNECTORS.c.kind == Kind.MAIL_TASK,
        )
    ).first()
    if row is None or target is None or order is None or order.state in _AT_REST:
        return
    description = described(target.description)
    if isinstance(description, MailTaskDescription):
        address = open_hidden(uow, description.name, target.sealed).credential
        _mail(uow, row.id, task, description.language, address)


def forget_tasks(uow: UnitOfWork) -> int:
    """Forget the tasks of orders that ended another way, with whom they were about; returns how many."""
    rows = uow.session.execute(
        select(_TASKS.c.order_id, _TASKS.c.target).where(
            _TASKS.c.operator_id == uow.operator_id, _TASKS.c.state.in_(UNCONFIRMED)
        )
    ).all()
    over = [
        (row.order_id, row.target)
        for row in rows
        if (order := order_scope(uow, row.order_id)) is None or order.state in _ENDED
    ]
    for task in over:
        forget_links_of(uow, task)
        uow.session.execute(delete(_TASKS).where(*_here(uow, task)))
    return len(over)


def _ask(uow: UnitOfWork, whom: Whom, description: MailTaskDescription, address: str) -> None:
    task_id, key = new_id(uow.now), (whom.order_id, description.name)
    uow.session.execute(
        insert(_TASKS).values(
            operator_id=uow.operator_id,
            order_id=whom.order_id,
            target=description.name,
            id=task_id,
            state=TaskState.OPEN,
            sealed=REFERENCE.seal(uow, whom.ref.encode(), *key),
            answer_sealed=None,
            counts=None,
            mailed_on=_today(uow),
            created_at=uow.now,
            settled_at=None,
        )
    )
    _mail(uow, task_id, key, description.language, address)
    append(uow, EventType.MAIL_TASK_ASKED, task_id, {"order": str(whom.order_id), "target": description.name})


def _mail(uow: UnitOfWork, task_id: UUID, task: TaskKey, language: str, address: str) -> None:
    token = make_link(uow, task)
    enqueue(uow, Message(CONNECTOR_TASK, task_id, language, {}, address=address, secret=token))


def _today(uow: UnitOfWork) -> date:
    return almaty_day(uow.now)


def _here(uow: UnitOfWork, task: TaskKey) -> tuple[Any, ...]:  # Any: conditions
    order_id, target = task
    return (_TASKS.c.operator_id == uow.operator_id, _TASKS.c.order_id == order_id, _TASKS.c.target == target)
