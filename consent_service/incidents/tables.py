"""Incidents, and the people that each one reached."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from consent_service.incidents.states import IncidentState, Outcome, TellState
from consent_service.kernel.db import Base, Json, JsonList, StateType

_WAITING = text("state = 'to_tell'")


class Incident(Base):
    """One incident.  ``sealed`` holds its words: what happened, measures, consequences, the conclusion."""

    __tablename__ = "incidents"
    __table_args__ = (Index(None, "operator_id", "detected_at", "id"),)

    operator_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    state: Mapped[IncidentState] = mapped_column(StateType(IncidentState))
    detected_at: Mapped[datetime]
    detected_on: Mapped[date]
    occurred_at: Mapped[datetime | None]
    categories: Mapped[JsonList]
    documents: Mapped[JsonList]  # ids of versions
    people_estimate: Mapped[int | None]
    rules: Mapped[JsonList]
    sealed: Mapped[bytes]
    telling: Mapped[Json | None]  # {"since": instant}: people are being told by letter
    outcome: Mapped[Outcome | None] = mapped_column(StateType(Outcome))
    closed_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class IncidentSubject(Base):
    """One person that an incident reached, and what was told to them."""

    __tablename__ = "incident_subjects"
    __table_args__ = (
        ForeignKeyConstraint(["operator_id", "incident_id"], ["incidents.operator_id", "incidents.id"]),
        Index(None, "operator_id", "subject_id"),
        Index(
            "ix_incident_subjects_waiting", "operator_id", "incident_id",
            sqlite_where=_WAITING, postgresql_where=_WAITING,
        ),
    )  # fmt: skip

    operator_id: Mapped[int] = mapped_column(primary_key=True)
    incident_id: Mapped[UUID] = mapped_column(primary_key=True)
    subject_id: Mapped[UUID] = mapped_column(primary_key=True)
    state: Mapped[TellState] = mapped_column(StateType(TellState))
    letter_id: Mapped[UUID | None]
    reference: Mapped[str | None]  # how the person was told another way, or why they cannot be
    told_at: Mapped[datetime | None]
