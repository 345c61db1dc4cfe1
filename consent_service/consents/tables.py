"""Consent records and their answers by purpose.  No personal data: ``subject_id`` is a random pseudonym."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from consent_service.consents.states import Act, Channel, ConsentState, EvidenceGrade
from consent_service.kernel.db import Base, Json, StateType
from consent_service.policies.states import TextKind
from consent_service.storage.states import StorageStart

# The conditions of partial indexes, to be written in a query letter for letter: SQLite knows them by their words alone.
# There SQLAlchemy writes a condition of a boolean so.
_CURRENT, _CURRENT_ON_SQLITE = text("is_current"), text("is_current = 1")
NOT_ACTIVE_ROWS = text("state <> 'active'")
BLOCKED_ROWS = text("blocked_at IS NOT NULL")
STRAY_ROWS = text("NOT is_current AND state IN ('pending_approval', 'active', 'implied', 'withdrawal_pending')")


class Consent(Base):
    """One act: a person answered the questions of one version of one document.

    It outlives the person's erasure, until ``evidence_until``, as the proof that an answer existed.
    """

    __tablename__ = "consents"
    __table_args__ = (
        ForeignKeyConstraint(["operator_id", "version_id"], ["document_versions.operator_id", "document_versions.id"]),
        Index(None, "operator_id", "subject_id", "given_at"),
        Index(None, "operator_id", "given_at", "id"),
        Index(None, "operator_id", "document_id", "id"),
        Index(None, "operator_id", "document_id", "given_at", "id"),
    )

    operator_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    subject_id: Mapped[UUID]
    document_id: Mapped[UUID]
    version_id: Mapped[UUID]
    language: Mapped[str]
    text_sha256: Mapped[str]
    text_kind: Mapped[TextKind] = mapped_column(StateType(TextKind))
    act: Mapped[Act] = mapped_column(StateType(Act))
    channel: Mapped[Channel] = mapped_column(StateType(Channel))
    evidence_grade: Mapped[EvidenceGrade] = mapped_column(StateType(EvidenceGrade))
    declarations: Mapped[Json]
    given_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    form_answer_id: Mapped[UUID | None]  # of the form that was sent; null where it came without one
    leaf_input: Mapped[bytes | None]  # of the event that proves it; null where it was recorded before the log was


class ConsentChoice(Base):
    """The answer to one purpose, ticked or not.

    ``is_current`` marks the one that rules for a person and purpose.  ``ends_at`` is the instant from which it allows
    nothing more, whatever a worker has done by then.
    """

    __tablename__ = "consent_choices"
    __table_args__ = (
        ForeignKeyConstraint(["operator_id", "consent_id"], ["consents.operator_id", "consents.id"]),
        ForeignKeyConstraint(["operator_id", "purpose_id"], ["purposes.operator_id", "purposes.id"]),
        Index(
            "uq_consent_choices_current",
            "operator_id",
            "subject_id",
            "purpose_id",
            unique=True,
            sqlite_where=_CURRENT_ON_SQLITE,
            postgresql_where=_CURRENT,
        ),
        Index(
            "ix_consent_choices_not_active",
            "operator_id",
            "state",
            "answered_at",
            "consent_id",
            sqlite_where=NOT_ACTIVE_ROWS,
            postgresql_where=NOT_ACTIVE_ROWS,
        ),
        Index(
            "ix_consent_choices_blocked",
            "operator_id",
            "answered_at",
            "consent_id",
            sqlite_where=BLOCKED_ROWS,
            postgresql_where=BLOCKED_ROWS,
        ),
        Index(
            "ix_consent_choices_stray",
            "operator_id",
            "subject_id",
            sqlite_where=STRAY_ROWS,
            postgresql_where=STRAY_ROWS,
        ),
        Index(
            "ix_consent_choices_expires",
            "expires_on",
            sqlite_where=text("is_current = 1 AND expires_on IS NOT NULL"),
            postgresql_where=text("is_current AND expires_on IS NOT NULL"),
        ),
    )

    operator_id: Mapped[int] = mapped_column(primary_key=True)
    consent_id: Mapped[UUID] = mapped_column(primary_key=True)
    purpose_id: Mapped[UUID] = mapped_column(primary_key=True)
    subject_id: Mapped[UUID]
    granted: Mapped[bool]
    state: Mapped[ConsentState] = mapped_column(StateType(ConsentState))
    state_since: Mapped[datetime]
    answered_at: Mapped[datetime]
    ruled_at: Mapped[datetime]  # the person's last act about it (answer, withdrawal, taking back): the later one rules
    needs_consent: Mapped[bool]
    expires_on: Mapped[date | None]
    ends_at: Mapped[datetime | None]
    renewal_offered_at: Mapped[datetime | None]
    blocked_at: Mapped[datetime | None]  # since when a blocking stands over it, whatever its state
    ended_by: Mapped[StorageStart | None] = mapped_column(StateType(StorageStart))  # what ended it, where it is over
    withdrawn_parts: Mapped[Json]  # {part: instant from which it is no longer allowed}
    is_current: Mapped[bool]


class LooseEnd(Base):
    """Something of a person has ended: it must be looked at how long what was kept may still be kept."""

    __tablename__ = "loose_ends"
    __table_args__ = (Index(None, "operator_id", "since"),)

    operator_id: Mapped[int] = mapped_column(primary_key=True)
    consent_id: Mapped[UUID] = mapped_column(primary_key=True)
    subject_id: Mapped[UUID]
    since: Mapped[datetime]
