"""Versions that followed others, and where each person stands towards them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from consent_service.kernel.db import Base, Json, StateType
from consent_service.policies.terms import Binds
from consent_service.standings.states import How, StandingState

_DUE = text("binds_at IS NOT NULL AND binds <> 'use' AND state IN ('waiting', 'notified')")


class VersionChange(Base):
    """A published version that followed another one of its document.

    ``read_until``: the last consent of the document that was looked at; later ones are looked at as they come.
    """

    __tablename__ = "version_changes"
    __table_args__ = (
        ForeignKeyConstraint(["operator_id", "version_id"], ["document_versions.operator_id", "document_versions.id"]),
    )

    operator_id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[UUID] = mapped_column(primary_key=True)
    document_id: Mapped[UUID]
    posted_at: Mapped[datetime]
    read_until: Mapped[UUID | None]
    over_at: Mapped[datetime | None]  # a later version is in force: its own standings count from then on
    created_at: Mapped[datetime]


class Standing(Base):
    """Where a person stands towards a version.  ``base_version_id`` is the one that bound them when it was published.

    ``binds_at``: when it binds of itself, or from when use counts.  ``accepted_at`` with ``how`` and, for use, ``act``
    is what proves a deemed acceptance.
    """

    __tablename__ = "standings"
    __table_args__ = (
        Index(None, "operator_id", "version_id", "state"),
        Index("ix_standings_due", "operator_id", "binds_at", sqlite_where=_DUE, postgresql_where=_DUE),
    )

    operator_id: Mapped[int] = mapped_column(primary_key=True)
    subject_id: Mapped[UUID] = mapped_column(primary_key=True)
    version_id: Mapped[UUID] = mapped_column(primary_key=True)
    document_id: Mapped[UUID]
    base_version_id: Mapped[UUID]
    state: Mapped[StandingState] = mapped_column(StateType(StandingState))
    binds: Mapped[Binds | None] = mapped_column(StateType(Binds))
    notified_at: Mapped[datetime | None]
    notice: Mapped[Json | None]  # the proof: the mail server's answer, or the reference of who told the person
    binds_at: Mapped[datetime | None]
    accepted_at: Mapped[datetime | None]
    how: Mapped[How | None] = mapped_column(StateType(How))
    act: Mapped[str | None]
    objected_at: Mapped[datetime | None]
    withdrawal_id: Mapped[UUID | None]  # the ending of the agreement that an objection brought
    changed_at: Mapped[datetime]
