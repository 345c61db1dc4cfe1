"""Job runs."""

from datetime import datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from consent_service.kernel.db import Base


class JobRun(Base):
    """One run of one job.  A job has at most one run a slot, whoever asks for it."""

    __tablename__ = "job_runs"
    __table_args__ = (Index(None, "job", "started_at"),)

    job: Mapped[str] = mapped_column(primary_key=True)
    slot: Mapped[datetime] = mapped_column(primary_key=True)
    worker: Mapped[str]
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    outcome: Mapped[str]  # running | done | failed
    done: Mapped[int]
    failed: Mapped[int]
    error: Mapped[str | None]
