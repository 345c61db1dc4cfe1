"""A month of the working calendar laid out by weeks, with what is due on each day."""

import calendar as month_calendar
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from flask_babel import format_date

from consent_service.deadlines.working_days import Calendar
from consent_service.pages.languages import language, said

_WEEK = tuple(date(2026, 11, 23 + place) for place in range(7))  # from a Monday on


@dataclass(frozen=True, slots=True)
class Day:
    """A day of a month: whether it is worked, why not, and how many duties are due on it."""

    on: date
    is_working: bool
    why: str
    due: int = 0


@dataclass(frozen=True, slots=True)
class Month:
    """A month by weeks; a place that belongs to another month is None."""

    first: date
    weeks: Sequence[Sequence[Day | None]]

    @property
    def name(self) -> str:
        """Its name in the language of the page."""
        return str(format_date(self.first, "LLLL yyyy"))


def month_of(known: Calendar, first: date, due: Mapping[date, int]) -> Month:
    """Lay out the month that begins on a day, with the numbers of what is due."""
    weeks = month_calendar.Calendar().monthdatescalendar(first.year, first.month)
    return Month(first, [[_day(known, on, due) if on.month == first.month else None for on in week] for week in weeks])


def _day(known: Calendar, on: date, due: Mapping[date, int]) -> Day:
    is_working = known.is_working(on)
    return Day(on, is_working, "" if is_working else said(known.why_off(on)), due.get(on, 0))


def week_days() -> list[tuple[str, str]]:
    """Return the names of the days of a week, short and whole, in the language of the page."""
    return [(format_date(on, "ccccc" if language() == "en" else "ccc"), format_date(on, "cccc")) for on in _WEEK]
