"""``jobs list`` and ``jobs run``."""

import click

from consent_service.cli.app import ACTOR, opened
from consent_service.cli.output import as_json, fail, show
from consent_service.jobs.runner import find_job, run_now
from consent_service.jobs.schedule import JOBS
from consent_service.runs.queries import latest_runs


@click.group()
def jobs() -> None:
    """What is done when its day has come."""


@jobs.command("list")
@as_json
def list_(json_: bool) -> None:
    """List the jobs with their last runs."""
    with opened() as app, app.read(ACTOR) as uow:
        last = {run.job: run for run in latest_runs(uow.session)}
    rows = [
        {
            "job": job.name,
            "every_seconds": int(job.every.total_seconds()),
            "last_run": run and run.started_at,
            "outcome": run and run.outcome,
            "done": run and run.done,
            "failed": run and run.failed,
        }
        for job in JOBS
        for run in [last.get(job.name)]
    ]
    words = "\n".join(
        f"{row['job']:<26} every {row['every_seconds']:>5} s   {row['outcome'] or 'never ran'}" for row in rows
    )
    show(json_, rows, words)


@jobs.command()
@click.argument("name")
@as_json
def run(name: str, json_: bool) -> None:
    """Run the job NAME now."""
    job = find_job(name)
    with opened() as app:
        count = run_now(app, job)
    show(json_, {"job": name, "done": count.done, "failed": count.failed}, f"{name}: {count.done} done")
    if count.failed:
        fail(f"{name}: {count.failed} could not be done; the log says which.")


COMMANDS = (jobs,)
