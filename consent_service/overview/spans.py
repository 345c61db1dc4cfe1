"""Stretches of Almaty days one after another: those of a picture of time.  Pure."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from consent_service.deadlines.rules import ALMATY

Days = tuple[date, date]  # the first, and the first that does not belong to it any more
_ONE_DAY = timedelta(days=1)
_MONTHS = 12


def latest_days(today: date, count: int) -> list[Days]:
    """Return each of the latest days, today as the last.

    >>> [str(first) for first, _ in latest_days(date(2026, 3, 1), 2)]
    ['2026-02-28', '2026-03-01']
    """
    days = [today - timedelta(days=before) for before in reversed(range(count))]
    return [(day, day + _ONE_DAY) for day in days]


def latest_months(today: date, count: int) -> list[Days]:
    """Return each of the latest months, that of today as the last and whole.

    >>> [(str(first), str(before)) for first, before in latest_months(date(2026, 1, 15), 2)]
    [('2025-12-01', '2026-01-01'), ('2026-01-01', '2026-02-01')]
    """
    return [(_month(today, -before), _month(today, 1 - before)) for before in reversed(range(count))]


def coming_months(today: date, count: int) -> list[Days]:
    """Return each of the months ahead; the first begins today.

    >>> [(str(first), str(before)) for first, before in coming_months(date(2026, 12, 15), 2)]
    [('2026-12-15', '2027-01-01'), ('2027-01-01', '2027-02-01')]
    """
    return [(max(today, _month(today, after)), _month(today, after + 1)) for after in range(count)]


def instants(spans: Sequence[Days]) -> list[tuple[datetime, datetime]]:
    """Return when each stretch begins and ends."""
    return [(_begun(first), _begun(before)) for first, before in spans]


def _begun(day: date) -> datetime:
    return datetime.combine(day, time.min, ALMATY)


def _month(day: date, after: int) -> date:
    months = day.year * _MONTHS + day.month - 1 + after
    return date(months // _MONTHS, months % _MONTHS + 1, 1)
