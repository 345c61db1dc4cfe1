"""Documents, their versions, the texts of a version by language, and purposes.

A trigger refuses every change of a published version and of its texts.
"""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from consent_service.kernel.db import Base, Json, JsonList, StateType
from consent_service.policies.states import TextKind
from consent_service.policies.vocabulary import AppliesTo


class Document(Base):
    """A document of an operator.  ``announced`` while its heading is all there is."""

    __tablename__ = "documents"
    __table_args__ = (UniqueConstraint("operator_id", "slug"),)

    operator_id: Mapped[int] = mapped_column(ForeignKey("operators.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    slug: Mapped[str]
    title: Mapped[Json]
    kind: Mapped[str | None]
    created_at: Mapped[datetime]


class DocumentVersion(Base):
    """One version, the same number for all languages, with its machine-readable terms."""

    __tablename__ = "document_versions"
    __table_args__ = (
        ForeignKeyConstraint(["operator_id", "document_id"], ["documents.operator_id", "documents.id"]),
        UniqueConstraint("operator_id", "document_id", "version"),
        Index(None, "operator_id", "document_id", "in_force_at"),
    )

    operator_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    document_id: Mapped[UUID]
    version: Mapped[str]
    in_force_on: Mapped[date]
    in_force_at: Mapped[datetime]
    terms: Mapped[Json]
    terms_sha256: Mapped[str]
    created_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    published_by: Mapped[str | None]
    edited_by: Mapped[str | None]  # who gave the draft its content last; None of what an earlier release kept
    change_kind: Mapped[AppliesTo | None] = mapped_column(StateType(AppliesTo))  # what the operator says it is


class VersionText(Base):
    """The text of a version in one language, as clauses, with the digest by which it is known."""

    __tablename__ = "version_texts"
    __table_args__ = (
        ForeignKeyConstraint(["operator_id", "version_id"], ["document_versions.operator_id", "document_versions.id"]),
        Index(None, "operator_id", "sha256"),
    )

    operator_id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[UUID] = mapped_column(primary_key=True)
    language: Mapped[str] = mapped_column(primary_key=True)
    text_kind: Mapped[TextKind] = mapped_column(StateType(TextKind))
    title: Mapped[str]
    clauses: Mapped[JsonList]
    sha256: Mapped[str]
    source: Mapped[Json]
    created_at: Mapped[datetime]


class Purpose(Base):
    """A purpose of a document, the same through its versions; a permission is asked for it."""

    __tablename__ = "purposes"
    __table_args__ = (
        ForeignKeyConstraint(["operator_id", "document_id"], ["documents.operator_id", "documents.id"]),
        UniqueConstraint("operator_id", "document_id", "code"),
        Index(None, "operator_id", "code"),
    )

    operator_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    document_id: Mapped[UUID]
    code: Mapped[str]
    created_at: Mapped[datetime]
    reached_at: Mapped[datetime | None]  # answers given until then allow nothing more
