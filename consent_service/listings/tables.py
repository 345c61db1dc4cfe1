"""Saved views.  No person is in one: an address of a list never holds personal data."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from consent_service.kernel.db import Base


class SavedView(Base):
    """What one member of staff asks of a list again and again, under a name of their own."""

    __tablename__ = "saved_views"
    __table_args__ = (Index(None, "operator_id", "staff_id", "list"),)

    operator_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    staff_id: Mapped[UUID]
    list: Mapped[str]
    name: Mapped[str]
    query: Mapped[str]
    created_at: Mapped[datetime]
