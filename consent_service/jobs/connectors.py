"""What connectors need every day: people who are asked to erase by hand are reminded, what is over is forgotten."""

import logging
from collections.abc import Iterator

from consent_service.connectors.journal import forget_attempts
from consent_service.connectors.mail_tasks import forget_tasks, remind, tasks_to_remind
from consent_service.connectors.task_links import forget_links
from consent_service.jobs.tasks import BATCH, Count
from consent_service.kernel.uow import Actor
from consent_service.operators.queries import operator_numbers
from consent_service.services import Services

log = logging.getLogger(__name__)


def connectors_remind(app: Services, actor: Actor, count: Count) -> None:
    """Mail the tasks again that nobody has confirmed, once on each working day."""
    for operator_id in _operators(app, actor):
        with app.read(actor, operator_id) as uow:
            waiting = tasks_to_remind(uow, app.law.calendar)
        for task in waiting:
            try:
                with app.write(actor, operator_id) as uow:
                    remind(uow, task)
                count.done += 1
            except Exception:  # the others are reminded all the same
                count.failed += 1
                log.exception("reminder failed", extra={"case_id": str(task[0])})


def connectors_forget(app: Services, actor: Actor, count: Count) -> None:
    """Forget tasks of orders that have ended, links that are over, and attempts of more than a year ago."""
    for operator_id in _operators(app, actor):
        with app.write(actor, operator_id) as uow:
            count.done += forget_tasks(uow) + forget_links(uow)
        forgotten = BATCH
        while forgotten == BATCH:
            with app.write(actor, operator_id) as uow:
                forgotten = forget_attempts(uow, BATCH)
            count.done += forgotten


def _operators(app: Services, actor: Actor) -> Iterator[int]:
    with app.read(actor) as uow:
        known = operator_numbers(uow.session)
    yield from (number for number, _ in known)
