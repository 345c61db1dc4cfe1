"""One run a slot: whoever asks second, on whichever node, gets nothing to do."""

from datetime import datetime, timedelta

from sqlalchemy import and_, delete, or_, select, tuple_, update
from sqlalchemy.orm import Session

from consent_service.kernel.db import changed_rows, insert_or_skip, table_of
from consent_service.runs.tables import JobRun

_RUNS = table_of(JobRun)
ABANDONED_AFTER = timedelta(minutes=15)
KEPT, IDLE_KEPT = timedelta(days=90), timedelta(days=2)


def start(session: Session, job: str, slot: datetime, *, worker: str, now: datetime) -> bool:
    """Claim a slot; False when it was claimed already.  A run whose worker died is ended as failed."""
    session.execute(
        update(_RUNS)
        .where(_RUNS.c.job == job, _RUNS.c.outcome == "running", _RUNS.c.started_at < now - ABANDONED_AFTER)
        .values(outcome="failed", finished_at=now, error="WorkerDied")
    )
    made = session.execute(
        insert_or_skip(session, _RUNS)
        .values(
            job=job,
            slot=slot,
            worker=worker,
            started_at=now,
            finished_at=None,
            outcome="running",
            done=0,
            failed=0,
            error=None,
        )
        .returning(_RUNS.c.job)
    ).first()
    return made is not None


def finish(
    session: Session, job: str, slot: datetime, *, now: datetime, done: int, failed: int, error: str | None
) -> None:
    """Close a run with its counts.  An item that failed makes the run failed: nothing is called done that is not."""
    session.execute(
        update(_RUNS)
        .where(_RUNS.c.job == job, _RUNS.c.slot == slot)
        .values(
            finished_at=now,
            done=done,
            failed=failed,
            error=error,
            outcome="failed" if failed or error else "done",
        )
    )


def forget_old(session: Session, now: datetime, limit: int) -> int:
    """Delete records of runs after their time, those that had nothing to do much earlier; returns how many."""
    idle = (_RUNS.c.outcome == "done", _RUNS.c.done == 0, _RUNS.c.started_at < now - IDLE_KEPT)
    old = select(_RUNS.c.job, _RUNS.c.slot).where(or_(_RUNS.c.started_at < now - KEPT, and_(*idle))).limit(limit)
    return changed_rows(session.execute(delete(_RUNS).where(tuple_(_RUNS.c.job, _RUNS.c.slot).in_(old))))
