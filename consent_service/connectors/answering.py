"""What the page of a mail task shows and takes: whom it is about, once asked for; the confirmation, once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Row, select, update

from consent_service.connectors.counting import check_counts
from consent_service.connectors.description import MailTaskDescription, described
from consent_service.connectors.mail_tasks import LACKING, REFERENCE, UNCONFIRMED
from consent_service.connectors.states import Kind, TaskState
from consent_service.connectors.tables import Connector, MailTask
from consent_service.connectors.task_links import KnownLink
from consent_service.kernel.db import changed_rows, table_of
from consent_service.kernel.errors import ConflictError, NotFoundError
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.service import append

MOST_WORDS = 2000
_TASKS, _CONNECTORS = table_of(MailTask), table_of(Connector)


@dataclass(frozen=True, slots=True)
class TaskView:
    """A task as its page shows it; nothing of the person is in it."""

    state: TaskState
    description: MailTaskDescription
    created_at: datetime
    settled_at: datetime | None


@dataclass(frozen=True, slots=True, repr=False)
class TaskReport:
    """A task as whoever is in charge sees it; ``lacking`` are the words of the person who was asked."""

    order_id: UUID
    target: str
    state: TaskState
    created_at: datetime
    settled_at: datetime | None
    counts: Mapping[str, int] | None
    lacking: str | None


def task_view(uow: UnitOfWork, link: KnownLink) -> TaskView:
    """Return the task of a link.

    Raises:
        NotFoundError: Its target is not described any more.
    """
    task = _locked(uow, link)
    return TaskView(task.state, _description(uow, link.target), task.created_at, task.settled_at)


def reveal_task(uow: UnitOfWork, link: KnownLink) -> str:
    """Return the operator's reference of the person to whoever was asked; that it was shown is recorded.

    Raises:
        ConflictError: It is confirmed, and the reference forgotten.
    """
    task = _locked(uow, link)
    if task.sealed is None:
        raise ConflictError("This task is confirmed; whom it was about has been forgotten with that.")
    append(uow, EventType.MAIL_TASK_OPENED, task.id, {"order": str(link.order_id), "target": link.target})
    return REFERENCE.open(uow, task.sealed, link.order_id, link.target).decode()


def confirm_task(uow: UnitOfWork, link: KnownLink, counts: Mapping[str, int]) -> None:
    """Take the confirmation with its counts; the reference of the person is forgotten.

    Raises:
        ConflictError: It was confirmed before.
        TargetFailedError: A category is not counted, or a count cannot be right.
    """
    task = _locked(uow, link)
    taken = check_counts(_description(uow, link.target), dict(counts), {})
    values = {"state": TaskState.CONFIRMED, "counts": dict(taken), "settled_at": uow.now, "sealed": None}
    _settle(uow, link, {**values, "answer_sealed": None})
    facts = {"order": str(link.order_id), "target": link.target, "counts": dict(taken)}
    append(uow, EventType.MAIL_TASK_CONFIRMED, task.id, facts)


def report_lacking(uow: UnitOfWork, link: KnownLink, words: str) -> None:
    """Take what is lacking, sealed; the task stays and can be confirmed later.

    Raises:
        ConflictError: It was confirmed before.
    """
    task = _locked(uow, link)
    sealed = LACKING.seal(uow, words[:MOST_WORDS].encode(), link.order_id, link.target)
    _settle(uow, link, {"state": TaskState.LACKING, "answer_sealed": sealed})
    append(uow, EventType.MAIL_TASK_LACKING, task.id, {"order": str(link.order_id), "target": link.target})


def list_tasks(uow: UnitOfWork, limit: int) -> Sequence[TaskReport]:
    """Return the latest tasks of the operator, with what is lacking in clear, for whoever is in charge."""
    rows = uow.session.execute(
        select(_TASKS)
        .where(_TASKS.c.operator_id == uow.operator_id)
        .order_by(_TASKS.c.created_at.desc(), _TASKS.c.id)
        .limit(limit)
    )
    return [_report(uow, row) for row in rows]


def _report(uow: UnitOfWork, row: Row[tuple[object, ...]]) -> TaskReport:
    lacking = None
    if row.answer_sealed is not None:
        lacking = LACKING.open(uow, row.answer_sealed, row.order_id, row.target).decode()
    return TaskReport(row.order_id, row.target, row.state, row.created_at, row.settled_at, row.counts, lacking)


def _locked(uow: UnitOfWork, link: KnownLink) -> Row[tuple[object, ...]]:
    return uow.session.execute(
        select(_TASKS)
        .where(
            _TASKS.c.operator_id == uow.operator_id,
            _TASKS.c.order_id == link.order_id,
            _TASKS.c.target == link.target,
        )
        .with_for_update()
    ).one()


def _settle(uow: UnitOfWork, link: KnownLink, values: Mapping[str, object]) -> None:
    changed = uow.session.execute(
        update(_TASKS)
        .where(
            _TASKS.c.operator_id == uow.operator_id,
            _TASKS.c.order_id == link.order_id,
            _TASKS.c.target == link.target,
            _TASKS.c.state.in_(UNCONFIRMED),
        )
        .values(**values)
    )
    if not changed_rows(changed):
        raise ConflictError("This task was confirmed before; nothing was changed.")


def _description(uow: UnitOfWork, target: str) -> MailTaskDescription:
    data = uow.session.scalar(
        select(_CONNECTORS.c.description).where(
            _CONNECTORS.c.operator_id == uow.operator_id,
            _CONNECTORS.c.name == target,
            _CONNECTORS.c.kind == Kind.MAIL_TASK,
        )
    )
    description = described(data) if data is not None else None
    if not isinstance(description, MailTaskDescription):
        raise NotFoundError("This place is not described any more; whoever is in charge at the operator knows more.")
    return description
