"""``last_day()``: how the Civil Code counts (articles 172-178).

A period starts on the day after the event (173); months and years end on the same date or the month's last day (174);
a last day that is no working day moves to the next one, for an act that someone owes (175); it runs to 24:00 of the
last day, Asia/Almaty (176).
"""

import calendar as month_calendar
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from consent_service.deadlines.periods import Period, Unit
from consent_service.deadlines.working_days import Calendar, CalendarGapError, Words
from consent_service.kernel.errors import SettingsError

ALMATY = ZoneInfo("Asia/Almaty")
_ONE_DAY = timedelta(days=1)
_MONTHS_A_YEAR = 12


@dataclass(frozen=True, slots=True)
class SkippedDay:
    """A day that did not count, and why in kk, ru, en."""

    on: date
    why: Words


@dataclass(frozen=True, slots=True)
class Deadline:
    """The end of a period, and how it came about.

    ``due_on`` is the day by which an act must be done; ``safe_on`` the one before rolling, towards which we work;
    ``due_at`` the instant at which it is over.  ``provisional``: the calendar of those days is not published yet.
    """

    period: Period
    from_on: date
    starts_on: date
    due_on: date
    safe_on: date
    due_at: datetime
    calendar_edition: str
    provisional: bool
    skipped: tuple[SkippedDay, ...]


def last_day(
    period: Period, from_: datetime | date, calendar: Calendar | None = None, *, rolls: bool = True
) -> Deadline:
    """Count a period from an event.

    Args:
        period: What is counted.
        from_: The instant of the event, or its Almaty date.
        calendar: The working calendar; may be None only for what neither counts working days nor rolls.
        rolls: False for an effect, which is not an act that someone owes and so does not move to a working day.

    Hours run from the instant itself, or from the end of a given date, and never roll.

    Raises:
        CalendarGapError: The calendar does not reach that far.
    """
    if period.unit is Unit.HOURS:
        return _hours(period, from_, calendar)
    from_on = almaty_day(from_) if isinstance(from_, datetime) else from_
    skipped: list[SkippedDay] = []
    try:
        starts_on = from_on + _ONE_DAY
        if period.unit is Unit.WORKING_DAYS:
            if calendar is None:
                msg = "working days need a calendar"
                raise ValueError(msg)
            safe_on = _count_working(period.amount, starts_on, calendar, skipped)
        elif period.unit is Unit.DAYS:
            safe_on = from_on + timedelta(days=period.amount)
        else:
            months = period.amount * (_MONTHS_A_YEAR if period.unit is Unit.YEARS else 1)
            safe_on = _add_months(from_on, months)
        due_on = safe_on
        if rolls and calendar is not None:
            due_on = calendar.next_working(safe_on)
            skipped += [SkippedDay(day, calendar.why_off(day)) for day in _days(safe_on, due_on)]
        due_at = end_of_day(due_on)
    except (OverflowError, ValueError) as error:
        raise CalendarGapError(
            "This period ends outside the calendar. Choose an earlier day or a shorter one."
        ) from error
    return Deadline(
        period,
        from_on,
        starts_on,
        due_on,
        safe_on,
        due_at,
        calendar.edition if calendar else "",
        calendar is not None and (rolls or period.unit is Unit.WORKING_DAYS) and not calendar.is_confirmed(due_on),
        tuple(skipped),
    )


def almaty_day(instant: datetime) -> date:
    """Return the Almaty date of an instant: 23:30 UTC belongs to the next one."""
    return instant.astimezone(ALMATY).date()


def end_of_day(day: date) -> datetime:
    """Return 24:00 of an Almaty date as an instant in UTC."""
    return datetime.combine(day + _ONE_DAY, time.min, ALMATY).astimezone(UTC)


def moment_before(instant: datetime) -> datetime:
    """Return the last moment before an instant at which something ends: 24:00 belongs to the day that it ends.

    >>> almaty_day(moment_before(end_of_day(date(2026, 12, 3))))
    datetime.date(2026, 12, 3)
    """
    return instant - timedelta(microseconds=1) if instant.astimezone(ALMATY).time() == time.min else instant


def check_time_zone() -> None:
    """Refuse a time-zone database older than Almaty's move to UTC+5 on 1 March 2024.

    Raises:
        SettingsError: It is too old.
    """
    if datetime(2024, 3, 1, 12, tzinfo=ALMATY).utcoffset() != timedelta(hours=5):
        raise SettingsError("The time-zone database is older than 2024a: bring the package tzdata up to date.")


def _hours(period: Period, from_: datetime | date, calendar: Calendar | None) -> Deadline:
    start = from_ if isinstance(from_, datetime) else end_of_day(from_)
    from_on = almaty_day(from_) if isinstance(from_, datetime) else from_
    try:
        due_at = start.astimezone(UTC) + timedelta(hours=period.amount)
    except OverflowError as error:
        raise CalendarGapError(
            "This period ends outside the calendar. Choose an earlier day or a shorter one."
        ) from error
    due_on = almaty_day(due_at - timedelta(microseconds=1))
    return Deadline(
        period, from_on, almaty_day(start), due_on, due_on, due_at, calendar.edition if calendar else "", False, ()
    )


def _count_working(amount: int, starts_on: date, calendar: Calendar, skipped: list[SkippedDay]) -> date:
    day = starts_on
    while True:
        if calendar.is_working(day):
            amount -= 1
            if amount == 0:
                return day
        else:
            skipped.append(SkippedDay(day, calendar.why_off(day)))
        day += _ONE_DAY


def _add_months(day: date, months: int) -> date:
    years, month = divmod(day.month - 1 + months, _MONTHS_A_YEAR)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, month_calendar.monthrange(year, month)[1]))


def _days(first: date, before: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((before - first).days)]
