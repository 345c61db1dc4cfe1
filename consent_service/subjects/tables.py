"""The personal tables.  Erasing a person deletes these rows and no proof."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from consent_service.kernel.db import Base, JsonList


class Subject(Base):
    """The link between an operator's reference and our pseudonym ``id``, and the person's wrapped key.

    The reference is found by ``ref_index`` and readable only with the key.  The row is locked by whatever changes the
    standing of the person.
    """

    __tablename__ = "subjects"
    __table_args__ = (UniqueConstraint("operator_id", "ref_index"),)

    operator_id: Mapped[int] = mapped_column(ForeignKey("operators.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    ref_index: Mapped[bytes]
    ref_sealed: Mapped[bytes]
    key_wrapped: Mapped[bytes]
    created_at: Mapped[datetime]


class KeyEpoch(Base):
    """An epoch of the key-encryption keys.  Once it is retired, the database takes nothing that is wrapped under it."""

    __tablename__ = "key_epochs"

    epoch: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    begun_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]


class KeyCheck(Base):
    """What a key of the key file must give, so that another file is found before anything is sealed with it."""

    __tablename__ = "key_checks"

    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[bytes]


class SubjectIdentifier(Base):
    """One identifier of a person (e-mail, phone, IIN, name), sealed under the person's key."""

    __tablename__ = "subject_identifiers"
    __table_args__ = (
        ForeignKeyConstraint(["operator_id", "subject_id"], ["subjects.operator_id", "subjects.id"]),
        Index(None, "operator_id", "kind", "value_index"),
    )

    operator_id: Mapped[int] = mapped_column(primary_key=True)
    subject_id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    value_index: Mapped[bytes] = mapped_column(primary_key=True)
    value_sealed: Mapped[bytes]
    created_at: Mapped[datetime]


class SubjectSearch(Base):
    """Whom a member of staff found, by pseudonym, so that the address of a list need not say who was looked for."""

    __tablename__ = "subject_searches"
    __table_args__ = (Index(None, "operator_id", "expires_at"),)

    operator_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    staff_id: Mapped[UUID]
    found: Mapped[JsonList]
    expires_at: Mapped[datetime]


class SubjectNote(Base):
    """Words and context that came with a case (a letter's text, a representative, evidence), sealed."""

    __tablename__ = "subject_notes"
    __table_args__ = (
        ForeignKeyConstraint(["operator_id", "subject_id"], ["subjects.operator_id", "subjects.id"]),
        Index(None, "operator_id", "case_id"),
    )

    operator_id: Mapped[int] = mapped_column(primary_key=True)
    subject_id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    sealed: Mapped[bytes]
    created_at: Mapped[datetime]


class SubjectFile(Base):
    """A file that a person sent with a case: its content, and its name, sealed under the person's key."""

    __tablename__ = "subject_files"
    __table_args__ = (
        ForeignKeyConstraint(["operator_id", "subject_id"], ["subjects.operator_id", "subjects.id"]),
        Index(None, "operator_id", "case_id"),
    )

    operator_id: Mapped[int] = mapped_column(primary_key=True)
    subject_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID]
    about_sealed: Mapped[bytes]
    sealed: Mapped[bytes]
    created_at: Mapped[datetime]
