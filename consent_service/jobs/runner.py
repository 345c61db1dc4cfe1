"""Running one job in its slot and leaving a record of it."""

import logging

from consent_service.jobs.schedule import JOBS, Job
from consent_service.jobs.tasks import Count
from consent_service.kernel.errors import NotFoundError
from consent_service.kernel.uow import Actor
from consent_service.runs.service import finish, start
from consent_service.services import Services

log = logging.getLogger(__name__)


def find_job(name: str) -> Job:
    """Return a job by its name.

    Raises:
        NotFoundError: There is none; the detail lists those that there are.
    """
    for job in JOBS:
        if job.name == name:
            return job
    raise NotFoundError(f"There is no job {name!r}; there are: {', '.join(job.name for job in JOBS)}.")


def run_slot(app: Services, job: Job, worker: str) -> Count | None:
    """Run a job for the present slot; None when another worker has it."""
    actor = Actor("job", job.name)
    with app.write(actor) as uow:
        slot = job.slot(uow.now)
        if not start(uow.session, job.name, slot, worker=worker, now=uow.now):
            return None
    count, error = Count(), None
    try:
        with app.spans(job.name):
            job.run(app, actor, count)
    except Exception as caught:
        error = type(caught).__name__
        log.exception("job failed", extra={"job": job.name})
    with app.write(actor) as uow:
        finish(uow.session, job.name, slot, now=uow.now, done=count.done, failed=count.failed, error=error)
    if count.done or count.failed or error:
        log.info(
            "job ran", extra={"job": job.name, "done": count.done, "failed": count.failed, "outcome": error or "done"}
        )
    return count


def run_now(app: Services, job: Job) -> Count:
    """Run a job at once, outside its slots: an operator's own act, by a command."""
    count = Count()
    job.run(app, Actor("command", job.name), count)
    return count
