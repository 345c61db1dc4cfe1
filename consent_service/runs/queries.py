"""Reads about runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, literal, select, union_all
from sqlalchemy.orm import Session

from consent_service.kernel.db import table_of
from consent_service.runs.tables import JobRun

_RUNS = table_of(JobRun)


@dataclass(frozen=True, slots=True)
class RunView:
    """The record of one run."""

    job: str
    slot: datetime
    worker: str
    started_at: datetime
    finished_at: datetime | None
    outcome: str
    done: int
    failed: int
    error: str | None


_COLUMNS = [_RUNS.c[name] for name in RunView.__dataclass_fields__]


def latest_runs(session: Session) -> list[RunView]:
    """Return the latest run of each job, by one look into the index for each."""
    names = select(func.min(_RUNS.c.job).label("job")).cte("names", recursive=True)
    following = select(func.min(_RUNS.c.job)).where(_RUNS.c.job > names.c.job).scalar_subquery()
    names = names.union_all(select(following).where(names.c.job.is_not(None)))
    own = _RUNS.alias()
    latest = select(func.max(own.c.slot)).where(own.c.job == names.c.job).scalar_subquery()
    rows = session.execute(
        select(*_COLUMNS).join(names, (names.c.job == _RUNS.c.job) & (_RUNS.c.slot == latest)).order_by(_RUNS.c.job)
    )
    return [RunView(*row) for row in rows]


def latest_of(session: Session, jobs: Sequence[str]) -> list[RunView]:
    """Return the latest run of some jobs, each by one look into the index, however many runs there are."""
    latest = union_all(
        *(
            select(
                literal(job).label("job"),
                select(func.max(_RUNS.c.slot)).where(_RUNS.c.job == job).scalar_subquery().label("slot"),
            )
            for job in jobs
        )
    ).subquery()
    rows = session.execute(
        select(*_COLUMNS).join(latest, (latest.c.job == _RUNS.c.job) & (latest.c.slot == _RUNS.c.slot))
    )
    return [RunView(*row) for row in rows]
