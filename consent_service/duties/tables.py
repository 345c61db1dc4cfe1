"""Dated duties of cases, each with what it was computed from; and the log from which each can be computed again."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from consent_service.duties.states import ClockKind, DutyState, Moment
from consent_service.kernel.db import Base, Json, JsonList, StateType

# The condition of the partial index, to be written in a query letter for letter: SQLite knows it by its words alone.
UNMET_ROWS = text("state IN ('open', 'late')")
OWNED = text("owner_id IS NOT NULL")


class Duty(Base):
    """One thing owed by a day.  ``is_binding``: the earliest among the duties of a case for the same action."""

    __tablename__ = "duties"
    __table_args__ = (
        Index(None, "operator_id", "case_id"),
        Index(None, "operator_id", "state", "due_on", "id"),
        Index(None, "state", "due_on"),
        Index("ix_duties_due", "operator_id", "due_on", "id", sqlite_where=UNMET_ROWS, postgresql_where=UNMET_ROWS),
        Index("ix_duties_owner", "operator_id", "owner_id", "due_on", "id", sqlite_where=OWNED, postgresql_where=OWNED),
        Index("ix_duties_unmet", "operator_id", "case_id", "id", sqlite_where=UNMET_ROWS, postgresql_where=UNMET_ROWS),
    )

    operator_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_kind: Mapped[str]
    case_id: Mapped[UUID]
    subject_id: Mapped[UUID | None]
    code: Mapped[str]
    action: Mapped[str]
    origin: Mapped[str]  # law | policy
    source: Mapped[Json]  # {kk, ru, en}: the article, or the document with its clause
    clause: Mapped[str | None]
    period: Mapped[str]
    rolls: Mapped[bool]
    settled: Mapped[bool]
    moment: Mapped[Moment] = mapped_column(StateType(Moment))
    from_at: Mapped[datetime]
    due_on: Mapped[date]
    safe_on: Mapped[date]
    due_at: Mapped[datetime]
    skipped: Mapped[JsonList]
    calendar_edition: Mapped[str]
    catalogue_edition: Mapped[str | None]
    provisional: Mapped[bool]
    is_binding: Mapped[bool]
    state: Mapped[DutyState] = mapped_column(StateType(DutyState))
    met_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    owner_id: Mapped[UUID | None]  # the member of staff who does it, where that is not whoever has the case


class ClockEntry(Base):
    """One line of the clock log of a case: what happened to its dates, when, by whom, why.  Never changed.

    ``at`` is the instant that the entry is about, ``recorded_at`` when it was written.  A reason is sealed: in a case
    of a person (``reason_of``) as a note under their key, so that it goes with them, in other cases here.
    """

    __tablename__ = "clock_entries"

    operator_id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    case_kind: Mapped[str]
    kind: Mapped[ClockKind] = mapped_column(StateType(ClockKind))
    moment: Mapped[Moment | None] = mapped_column(StateType(Moment))
    at: Mapped[datetime]
    author: Mapped[str]
    reason_sealed: Mapped[bytes | None]
    reason_of: Mapped[UUID | None]
    facts: Mapped[Json]  # dates before and after, editions, codes; nothing personal
    recorded_at: Mapped[datetime]
