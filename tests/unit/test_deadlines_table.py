"""Dated cases for every unit and every year, each against a count that knows only the tables of the calendar."""

from datetime import UTC, date, datetime, timedelta

import pytest

from consent_service.deadlines.periods import Period
from consent_service.deadlines.rules import last_day
from consent_service.deadlines.working_days import load_calendar
from tests.unit.test_working_calendar import is_working_by_hand

CALENDAR = load_calendar()
STARTS = [
    "2022-03-04", "2022-08-26", "2022-10-21", "2023-06-27", "2023-06-30", "2023-12-15", "2024-02-28", "2024-02-29",
    "2024-05-03", "2024-06-14", "2024-12-31", "2025-01-03", "2025-01-04", "2025-03-07", "2025-08-31", "2026-01-31",
    "2026-03-20", "2026-05-26", "2026-08-28", "2026-10-23", "2026-11-23", "2026-12-15", "2027-02-26", "2027-03-12",
    "2027-05-14",
]  # fmt: skip
WORKING = ["1wd", "3wd", "10wd", "15wd", "30wd"]
CALENDAR_DAYS = ["1d", "3d", "7d", "10d", "14d", "30d"]


def count_by_hand(start: date, working_days: int) -> date:
    day = start
    while working_days:
        day += timedelta(days=1)
        working_days -= is_working_by_hand(day)
    return day


def roll_by_hand(day: date) -> date:
    while not is_working_by_hand(day):
        day += timedelta(days=1)
    return day


@pytest.mark.parametrize("period", WORKING)
@pytest.mark.parametrize("start", STARTS)
def test_working_days_count_from_the_next_day_on(start: str, period: str) -> None:
    answer = last_day(Period.parse(period), date.fromisoformat(start), CALENDAR)

    expected = count_by_hand(date.fromisoformat(start), int(period[:-2]))
    assert answer.due_on == answer.safe_on == expected
    between = [
        date.fromisoformat(start) + timedelta(days=n) for n in range(1, (expected - date.fromisoformat(start)).days)
    ]
    assert [skipped.on for skipped in answer.skipped] == [day for day in between if not is_working_by_hand(day)]


@pytest.mark.parametrize("period", CALENDAR_DAYS)
@pytest.mark.parametrize("start", STARTS)
def test_calendar_days_roll_to_a_working_day_for_an_act_and_not_for_an_effect(start: str, period: str) -> None:
    plain = date.fromisoformat(start) + timedelta(days=int(period[:-1]))

    act = last_day(Period.parse(period), date.fromisoformat(start), CALENDAR)
    effect = last_day(Period.parse(period), date.fromisoformat(start), CALENDAR, rolls=False)

    assert (act.safe_on, act.due_on) == (plain, roll_by_hand(plain))
    assert (effect.safe_on, effect.due_on, effect.skipped) == (plain, plain, ())


@pytest.mark.parametrize(
    ("start", "period", "safe_on", "due_on"),
    [
        ("2024-01-31", "1m", "2024-02-29", "2024-02-29"),  # the date is missing: the last day of the month
        ("2023-01-31", "1m", "2023-02-28", "2023-02-28"),
        ("2024-02-29", "1y", "2025-02-28", "2025-02-28"),
        ("2024-02-29", "4y", "2028-02-29", "2028-02-29"),
        ("2022-12-31", "2m", "2023-02-28", "2023-02-28"),
        ("2026-11-16", "1m", "2026-12-16", "2026-12-17"),  # ends on Independence Day
        ("2023-08-30", "3y", "2026-08-30", "2026-08-31"),  # a Sunday; Monday 31 August 2026 is worked
        ("2025-10-25", "1y", "2026-10-25", "2026-10-27"),  # Republic Day on a Sunday, carried over to Monday
        ("2026-10-31", "18m", "2028-04-30", "2028-05-02"),
        ("2022-01-15", "12m", "2023-01-15", "2023-01-16"),
    ],
)
def test_months_and_years_end_on_the_same_date(start: str, period: str, safe_on: str, due_on: str) -> None:
    answer = last_day(Period.parse(period), date.fromisoformat(start), CALENDAR)

    assert (answer.safe_on.isoformat(), answer.due_on.isoformat()) == (safe_on, due_on)


@pytest.mark.parametrize(
    ("start", "period", "due_at", "due_on"),
    [
        (datetime(2026, 11, 23, 5, 0, tzinfo=UTC), "24h", "2026-11-24T05:00:00+00:00", "2026-11-24"),
        (datetime(2026, 11, 27, 20, 0, tzinfo=UTC), "24h", "2026-11-28T20:00:00+00:00", "2026-11-29"),
        (datetime(2026, 11, 22, 19, 0, tzinfo=UTC), "24h", "2026-11-23T19:00:00+00:00", "2026-11-23"),
        (datetime(2024, 2, 29, 12, 0, tzinfo=UTC), "12h", "2024-03-01T00:00:00+00:00", "2024-03-01"),
    ],
)
def test_hours_run_from_the_instant_itself_and_never_roll(
    start: datetime, period: str, due_at: str, due_on: str
) -> None:
    answer = last_day(Period.parse(period), start, CALENDAR)

    assert (answer.due_at.isoformat(), answer.due_on.isoformat()) == (due_at, due_on)
