"""What was said of which duty, which rounds were held, who wants what, and the addresses of calendar feeds."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from consent_service.kernel.db import Base, StateType
from consent_service.reminders.states import ReminderKind, Round


class ReminderSent(Base):
    """One reminder of one duty.  ``day`` is what it was about, see ``rules.said_on``."""

    __tablename__ = "reminders_sent"
    __table_args__ = (Index(None, "operator_id", "sent_at"),)

    operator_id: Mapped[int] = mapped_column(primary_key=True)
    duty_id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[ReminderKind] = mapped_column(StateType(ReminderKind), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    sent_at: Mapped[datetime]


class RoundHeld(Base):
    """A round of a day that was held, in the transaction of its messages."""

    __tablename__ = "reminder_rounds"

    operator_id: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    round: Mapped[Round] = mapped_column(StateType(Round), primary_key=True)
    held_at: Mapped[datetime]


class ReminderChoice(Base):
    """What a member of staff has chosen to get at one operator."""

    __tablename__ = "reminder_choices"

    operator_id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff_members.id"), primary_key=True)
    reminders: Mapped[bool]
    digest: Mapped[bool]


class CalendarFeed(Base):
    """The secret address of somebody's calendar feed at one operator, kept as a keyed hash; a new one replaces it."""

    __tablename__ = "calendar_feeds"
    __table_args__ = (UniqueConstraint("operator_id", "token_hash"),)

    operator_id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff_members.id"), primary_key=True)
    token_hash: Mapped[bytes]
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
