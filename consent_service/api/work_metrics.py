"""What is owed, waits or stands still, in the Prometheus text format; each number by a query whose work has a bound."""

from collections.abc import Iterator, Mapping
from datetime import timedelta

from sqlalchemy.pool import QueuePool

from consent_service.database import db
from consent_service.deadlines.rules import almaty_day
from consent_service.deadlines.working_days import Calendar
from consent_service.duties.counts import due_by_code, late_by_code
from consent_service.kernel.uow import UnitOfWork
from consent_service.outbox.queries import owed_since, retried
from consent_service.runs.queries import latest_of

BACKUP = "backup"  # stands among the runs of jobs, and has no interval of ours
Samples = Mapping[str, float]


def work_lines(uow: UnitOfWork, every: Mapping[str, timedelta], calendar: Calendar) -> Iterator[str]:
    """Return all of them; ``every``: how often each job has to run."""
    yield from _jobs(uow, every)
    today = almaty_day(uow.now)
    yield from gauge("kelisim_duties_due", "Binding duties that are due within three days, by kind.", _by(
        "code", due_by_code(uow.session, today)
    ))  # fmt: skip
    yield from gauge("kelisim_duties_late", "Binding duties whose day is over, by kind.", _by(
        "code", late_by_code(uow.session, today)
    ))  # fmt: skip
    since = owed_since(uow.session, uow.now)
    waited = (uow.now - since).total_seconds() if since else 0
    yield from gauge("kelisim_outbox_waiting_seconds", "How long the message due longest ago waits.", {"": waited})
    yield from gauge(
        "kelisim_outbox_retried", "Messages owed that could not be sent before.", {"": retried(uow.session)}
    )
    yield from gauge(
        "kelisim_calendar_confirmed_days",
        "Days from today to the last one of which the working calendar is published.",
        {"": (calendar.confirmed_through - today).days},
    )
    yield from _pool()


def gauge(name: str, what: str, samples: Samples) -> Iterator[str]:
    """Yield the lines of one number; ``samples``: values by their labels as they are written."""
    yield f"# HELP {name} {what}"
    yield f"# TYPE {name} gauge"
    for labels, value in samples.items():
        yield f"{name}{labels} {value:.0f}"


def _jobs(uow: UnitOfWork, every: Mapping[str, timedelta]) -> Iterator[str]:
    runs = latest_of(uow.session, [*every, BACKUP])
    ages = {run.job: (uow.now - run.started_at).total_seconds() for run in runs}
    late = {job: max(0, ages[job] - interval.total_seconds()) for job, interval in every.items() if job in ages}
    yield from gauge("kelisim_job_last_run_age_seconds", "How long ago the last run of a job began.", _by("job", ages))
    yield from gauge(
        "kelisim_job_last_run_failed",
        "Whether something of the last run of a job failed.",
        _by("job", {run.job: int(run.outcome == "failed") for run in runs}),
    )
    yield from gauge("kelisim_job_late_seconds", "How long a job should have begun again.", _by("job", late))


def _pool() -> Iterator[str]:
    pool = db.engine.pool
    if isinstance(pool, QueuePool):
        used, most = pool.checkedout(), pool.size() + pool._max_overflow  # noqa: SLF001 - told nowhere else
        yield from gauge("kelisim_database_pool_used", "Connections in use, of the process that answers.", {"": used})
        yield from gauge("kelisim_database_pool_most", "Connections that it may use.", {"": most})


def _by(label: str, values: Mapping[str, float]) -> dict[str, float]:
    return {f'{{{label}="{name}"}}': value for name, value in sorted(values.items())}
