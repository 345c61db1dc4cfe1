"""Which reminder a day calls for, over weekends, holidays and moved days."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent_service.deadlines.rules import end_of_day
from consent_service.deadlines.working_days import Calendar, load_calendar
from consent_service.reminders.rules import days_late, digest_before, kind_on, said_on, today
from consent_service.reminders.states import ReminderKind

CALENDAR = load_calendar()
DAYS = st.dates(date(2026, 1, 10), date(2026, 12, 10))


def said(on: date, due_on: date, calendar: Calendar = CALENDAR, before: int = 3) -> ReminderKind | None:
    return kind_on(today(on, calendar, before), due_on, end_of_day(due_on))


@pytest.mark.parametrize(
    ("due_on", "first"),
    [
        (date(2026, 12, 14), date(2026, 12, 9)),  # Monday: the weekend does not count
        (date(2026, 12, 18), date(2026, 12, 14)),  # Friday: the 16th is a holiday
        (date(2026, 11, 26), date(2026, 11, 23)),  # Thursday of a plain week
        (date(2026, 3, 26), date(2026, 3, 18)),  # Nauryz: 21 to 23 March, two of them carried over
        (date(2026, 12, 12), date(2026, 12, 9)),  # a Saturday: an effect does not move
    ],
)
def test_the_first_reminder_comes_three_working_days_before(due_on: date, first: date) -> None:
    days = [due_on - timedelta(days=n) for n in range(14, 0, -1)]

    assert next(day for day in days if said(day, due_on) is ReminderKind.BEFORE) == first


def test_a_day_made_working_counts_as_one() -> None:
    worked = Calendar(
        CALENDAR.first_day,
        CALENDAR.last_day,
        CALENDAR.confirmed_through,
        CALENDAR.days_off,
        CALENDAR.worked | {date(2026, 12, 12)},
    )

    assert said(date(2026, 12, 10), date(2026, 12, 14), worked) is ReminderKind.BEFORE
    assert said(date(2026, 12, 9), date(2026, 12, 14), worked) is None
    assert said(date(2026, 12, 12), date(2026, 12, 10), worked) is ReminderKind.LATE


@given(DAYS, st.integers(0, 60), st.integers(1, 15))
def test_beforehand_is_told_on_working_days_and_only_before_the_day(due_on: date, ahead: int, before: int) -> None:
    on = due_on - timedelta(days=ahead)
    kind = said(on, due_on, before=before)

    if ahead == 0:
        assert kind is ReminderKind.TODAY
    elif kind is not None:
        assert kind is ReminderKind.BEFORE
        assert CALENDAR.is_working(on)
        assert sum(CALENDAR.is_working(on + timedelta(days=n)) for n in range(1, ahead + 1)) <= before


@given(DAYS, st.integers(1, 60))
def test_late_is_told_on_the_day_after_and_then_on_every_working_day(due_on: date, after: int) -> None:
    on = due_on + timedelta(days=after)

    assert (said(on, due_on) is ReminderKind.LATE) == (after == 1 or CALENDAR.is_working(on))
    assert days_late(due_on, on) == after


@given(DAYS, DAYS)
def test_a_reminder_is_about_one_day_however_often_it_is_looked_for(due_on: date, on: date) -> None:
    assert said_on(ReminderKind.BEFORE, due_on, on) == said_on(ReminderKind.TODAY, due_on, on) == due_on
    assert said_on(ReminderKind.LATE, due_on, on) == on


def test_a_period_of_hours_that_ends_in_the_night_is_late_in_the_morning() -> None:
    due_on, due_at = date(2026, 11, 24), datetime(2026, 11, 23, 22, 0, tzinfo=UTC)  # 03:00 of the 24th

    assert kind_on(today(due_on, CALENDAR, 3), due_on, due_at) is ReminderKind.LATE
    assert days_late(due_on, due_on) == 1


def test_the_digest_of_a_monday_looks_back_to_friday() -> None:
    assert digest_before(date(2026, 11, 23), CALENDAR) == datetime(2026, 11, 20, 3, 30, tzinfo=UTC)
    assert digest_before(date(2026, 12, 17), CALENDAR) == datetime(2026, 12, 15, 3, 30, tzinfo=UTC)
