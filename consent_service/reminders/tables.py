"""What was said of which duty, who wants what, and addresses of calendar feeds."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from consent_service.kernel.db import Base, StateType
from consent_service.reminders.states import ReminderKind


class Reminder(Base):
    """One reminder of one duty that was said; for a digest the duty is the member of staff."""

    __tablename__ = "reminders"
    __table_args__ = (Index(None, "operator_id", "said_on"),)

    operator_id: Mapped[int] = mapped_column(primary_key=True)
    about_id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[ReminderKind] = mapped_column(StateType(ReminderKind), primary_key=True)
    said_on: Mapped[date] = mapped_column(primary_key=True)


class ReminderWish(Base):
    """What a member of staff wants at one operator; what is late is told in any case."""

    __tablename__ = "reminder_wishes"

    operator_id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff_members.id"), primary_key=True)
    reminders: Mapped[bool]
    digest: Mapped[bool]


class CalendarFeed(Base):
    """The secret address of a calendar feed, kept as a hash; a new one takes the place of the old."""

    __tablename__ = "calendar_feeds"
    __table_args__ = (Index(None, "token_hash"),)

    operator_id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff_members.id"), primary_key=True)
    token_hash: Mapped[bytes]
    language: Mapped[str]
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
