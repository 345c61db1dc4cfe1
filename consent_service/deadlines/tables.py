"""Editions of the working calendar that dates were computed with, kept so that each date can be computed again."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from consent_service.kernel.db import Base, Json


class CalendarEdition(Base):
    """One edition as it was when first used.  Shared by all operators: it is no operator's data."""

    __tablename__ = "calendar_editions"

    edition: Mapped[str] = mapped_column(primary_key=True)
    days: Mapped[Json]
    first_used_at: Mapped[datetime]
