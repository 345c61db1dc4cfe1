"""Links that open the page of a person's own consents: kept as keyed hashes alone."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from consent_service.kernel.db import Base, StateType
from consent_service.preferences.states import OpenedBy


class PreferenceLink(Base):
    """A link: whose page it opens, who vouched for them, until when."""

    __tablename__ = "preference_links"
    __table_args__ = (Index(None, "expires_at"),)

    operator_id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    subject_id: Mapped[UUID]
    opened_by: Mapped[OpenedBy] = mapped_column(StateType(OpenedBy))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
