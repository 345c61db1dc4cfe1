"""Drafts of forms.  Neither row can be opened with what this service keeps: the browser's secret is needed too."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from consent_service.kernel.db import Base


class FormDraft(Base):
    """One form on its way, found by a keyed digest of its id and the browser's secret."""

    __tablename__ = "form_drafts"
    __table_args__ = (Index(None, "expires_at"),)

    operator_id: Mapped[int] = mapped_column(primary_key=True)
    lookup: Mapped[bytes] = mapped_column(primary_key=True)
    sealed: Mapped[bytes]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class FormDraftFile(Base):
    """One file that was added to a form."""

    __tablename__ = "form_draft_files"
    __table_args__ = (
        ForeignKeyConstraint(
            ["operator_id", "lookup"], ["form_drafts.operator_id", "form_drafts.lookup"], ondelete="CASCADE"
        ),
    )

    operator_id: Mapped[int] = mapped_column(primary_key=True)
    lookup: Mapped[bytes] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    sealed: Mapped[bytes]
