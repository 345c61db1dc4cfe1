"""Editions of the working calendar that dates were computed with, and orders that were entered on top of it."""

from datetime import date, datetime

from sqlalchemy.orm import Mapped, mapped_column

from consent_service.kernel.db import Base, Json


class CalendarEdition(Base):
    """One edition as it was when first used.  Shared by all operators: it is no operator's data."""

    __tablename__ = "calendar_editions"

    edition: Mapped[str] = mapped_column(primary_key=True)
    days: Mapped[Json]
    first_used_at: Mapped[datetime]


class CalendarOrder(Base):
    """An order that moves days, as it was entered.  Shared by all operators; a later one counts before an earlier."""

    __tablename__ = "calendar_orders"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    act: Mapped[str]  # number and date of the order
    day_off: Mapped[date | None]
    worked: Mapped[date | None]
    edition: Mapped[str]  # that it made
    entered_at: Mapped[datetime]
