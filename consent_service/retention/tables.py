"""When each person is to be looked at; runs and their parts; what the operator told; walks through whole documents."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from consent_service.kernel.db import Base, Json, StateType
from consent_service.retention.states import RunState
from consent_service.storage.states import StorageStart

# The conditions of partial indexes, to be written in a query letter for letter: SQLite knows them by their words alone.
UNORDERED_ROWS = text("state IN ('waiting', 'ordering')")
OPEN_WALKS = text("over_at IS NULL")


class RetentionClock(Base):
    """The day on which it must be decided about a person again.  There is no row where nothing runs.

    It is an index, not a decision: the day is never later than the right one, and what is due is decided anew.
    """

    __tablename__ = "retention_clocks"
    __table_args__ = (Index(None, "operator_id", "look_on", "subject_id"),)

    operator_id: Mapped[int] = mapped_column(primary_key=True)
    subject_id: Mapped[UUID] = mapped_column(primary_key=True)
    look_on: Mapped[date]


class RetentionRun(Base):
    """One run: who is due on a day is ordered to go.  At most one of an operator waits or orders at a time.

    ``people``: of how many it was announced that they go; ``counts``: by rule, and what holds keep back.
    """

    __tablename__ = "retention_runs"
    __table_args__ = (
        Index(
            "uq_retention_runs_unordered",
            "operator_id",
            unique=True,
            sqlite_where=UNORDERED_ROWS,
            postgresql_where=UNORDERED_ROWS,
        ),
        Index(None, "operator_id", "opened_at"),
    )

    operator_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    on_day: Mapped[date]
    state: Mapped[RunState] = mapped_column(StateType(RunState))
    people: Mapped[int]
    due_on: Mapped[date | None]  # the earliest day among them
    counts: Mapped[Json]
    opened_by: Mapped[str]
    opened_at: Mapped[datetime]
    ordered_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]


class RetentionPart(Base):
    """How far one worker came with one part of a run.  Rows are added and never changed: workers do not wait here."""

    __tablename__ = "retention_parts"

    operator_id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    looked_at: Mapped[int]
    ordered: Mapped[int]
    blocked: Mapped[int]
    held: Mapped[int]
    at: Mapped[datetime]


class RetentionWalk(Base):
    """A walk through everybody who has answered a document, one of whose purposes is reached."""

    __tablename__ = "retention_walks"
    __table_args__ = (
        Index("ix_retention_walks_open", "operator_id", "id", sqlite_where=OPEN_WALKS, postgresql_where=OPEN_WALKS),
    )

    operator_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    document_id: Mapped[UUID]
    purpose_id: Mapped[UUID]
    reached_at: Mapped[datetime]
    read_until: Mapped[UUID | None]
    opened_at: Mapped[datetime]
    over_at: Mapped[datetime | None]


class RetentionRules(Base):
    """With which editions of law, calendar and schedule the people of a document are looked at, and how far that is.

    Other editions begin anew with the first consent.
    """

    __tablename__ = "retention_rules"

    operator_id: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[UUID] = mapped_column(primary_key=True)
    editions: Mapped[str]
    read_until: Mapped[UUID | None]
    begun_at: Mapped[datetime]


class ToldEnding(Base):
    """What an operator told of one person: an agreement has ended, or a purpose is reached."""

    __tablename__ = "told_endings"
    __table_args__ = (Index(None, "operator_id", "subject_id"),)

    operator_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    subject_id: Mapped[UUID]
    document_id: Mapped[UUID]
    start: Mapped[StorageStart] = mapped_column(StateType(StorageStart))
    at: Mapped[datetime]
    told_at: Mapped[datetime]


class LastActivity(Base):
    """When a person was active last; kept only where a term of the operator's schedule runs from it."""

    __tablename__ = "last_activities"

    operator_id: Mapped[int] = mapped_column(primary_key=True)
    subject_id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[datetime]
