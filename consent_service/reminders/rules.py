"""Which reminder a duty calls for on a day.  Pure."""

from datetime import date, datetime, time, timedelta

from consent_service.deadlines.rules import ALMATY
from consent_service.deadlines.working_days import Calendar
from consent_service.reminders.states import ReminderKind

WORKING_DAYS_BEFORE = 3
DIGEST_AT, REMIND_AT = time(8, 30), time(9)


def kind_on(due_on: date, on: date, calendar: Calendar) -> ReminderKind | None:
    """Return what a day says of a duty that is due on another: nothing, before, today, or late."""
    if on > due_on:
        return ReminderKind.LATE if calendar.is_working(on) else None
    if on == due_on:
        return ReminderKind.TODAY
    return ReminderKind.BEFORE if due_on <= horizon(on, calendar) else None


def horizon(on: date, calendar: Calendar) -> date:
    """Return the last day of which a day reminds beforehand: three working days ahead."""
    day, left = on, WORKING_DAYS_BEFORE
    while left:
        day += timedelta(days=1)
        left -= calendar.is_working(day)
    return day


def said_on(kind: ReminderKind, due_on: date, on: date) -> date:
    """Return the day under which a reminder counts as said: once beforehand, once on the day, once a day while late."""
    return on if kind is ReminderKind.LATE else due_on


def is_past(now: datetime, at: time) -> bool:
    """Say whether a time of the day has come in Almaty."""
    return now.astimezone(ALMATY).time() >= at
