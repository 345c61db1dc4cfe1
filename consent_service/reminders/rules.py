"""Which reminder a duty calls for on a day, and who is told of it.  Pure."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from consent_service.deadlines.rules import ALMATY
from consent_service.deadlines.working_days import Calendar
from consent_service.operators.access import Role
from consent_service.reminders.states import ReminderKind, Round

ROUNDS = {Round.DIGEST: time(8, 30), Round.REMINDERS: time(9)}  # when each begins, in Almaty
TOLD = frozenset({Role.DPO, Role.OWNER})  # an auditor reads in the dashboard
MOST_WORKING_DAYS = 15  # how early an operator may want to be reminded
_ONE_DAY = timedelta(days=1)
_SUNDAY = 6


@dataclass(frozen=True, slots=True)
class Choice:
    """Which messages somebody wants at an operator; what is late is told in any case."""

    reminders: bool
    digest: bool


@dataclass(frozen=True, slots=True)
class Today:
    """A day on which reminders go out.

    ``morning`` is its 09:00, at which something is late or not; ``soon_until`` the last day of which it reminds
    beforehand.
    """

    on: date
    morning: datetime
    is_working: bool
    soon_until: date


def today(on: date, calendar: Calendar, working_days_before: int) -> Today:
    """Work out what a day is for reminders.

    Raises:
        CalendarGapError: The calendar does not reach that far.
    """
    return Today(
        on,
        begins_at(on, Round.REMINDERS),
        calendar.is_working(on),
        calendar.working_day_after(on, working_days_before),
    )


def kind_on(day: Today, due_on: date, due_at: datetime) -> ReminderKind | None:
    """Return what a day says of a duty: nothing, before, today, or late.

    Late is said on the first morning after, whatever day that is, and then on each working day.
    """
    if due_at <= day.morning:
        is_first = due_at > day.morning - _ONE_DAY
        return ReminderKind.LATE if day.is_working or is_first else None
    if due_on <= day.on:
        return ReminderKind.TODAY
    return ReminderKind.BEFORE if day.is_working and due_on <= day.soon_until else None


def said_on(kind: ReminderKind, due_on: date, on: date) -> date:
    """Return the day that a reminder is about: once beforehand, once on the day, once each day while late.

    A duty that was dated again is a new day to be reminded of.
    """
    return on if kind is ReminderKind.LATE else due_on


def days_late(due_on: date, on: date) -> int:
    """Return by how many days something is late; a day that has begun counts."""
    return max(1, (on - due_on).days)


def begins_at(on: date, one: Round) -> datetime:
    """Return when a round of a day begins, in UTC."""
    return datetime.combine(on, ROUNDS[one], ALMATY).astimezone(UTC)


def digest_before(on: date, calendar: Calendar) -> datetime:
    """Return when the digest before that of a day was: on the working day before it."""
    day = on - _ONE_DAY
    while not calendar.is_working(day):
        day -= _ONE_DAY
    return begins_at(day, Round.DIGEST)


def end_of_week(on: date) -> date:
    """Return the Sunday of a day's week.

    >>> end_of_week(date(2026, 11, 23)), end_of_week(date(2026, 11, 29))
    (datetime.date(2026, 11, 29), datetime.date(2026, 11, 29))
    """
    return on + timedelta(days=_SUNDAY - on.weekday())


def usual(role: Role) -> Choice:
    """Return what is sent to somebody who has chosen nothing: everything to the one in charge, to others lateness."""
    return Choice(reminders=role is Role.DPO, digest=role is Role.DPO)
