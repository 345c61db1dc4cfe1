"""What holds of every deadline."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from consent_service.deadlines.periods import Period, Unit
from consent_service.deadlines.rules import last_day
from consent_service.deadlines.working_days import load_calendar

CALENDAR = load_calendar()
DAYS = st.dates(date(2022, 1, 1), date(2033, 12, 31))
PERIODS = st.builds(
    Period,
    st.integers(1, 30),
    st.sampled_from([Unit.DAYS, Unit.WORKING_DAYS, Unit.MONTHS]),
)


@given(DAYS, PERIODS)
def test_an_act_is_never_due_on_a_non_working_day(start: date, period: Period) -> None:
    assert CALENDAR.is_working(last_day(period, start, CALENDAR).due_on)


@given(DAYS, PERIODS)
def test_the_safe_date_is_never_after_the_due_date(start: date, period: Period) -> None:
    answer = last_day(period, start, CALENDAR)

    assert start < answer.safe_on <= answer.due_on
    assert last_day(period, start, CALENDAR) == answer


@given(DAYS, st.integers(1, 200), st.integers(0, 50))
def test_more_working_days_are_never_earlier(start: date, amount: int, more: int) -> None:
    shorter = last_day(Period(amount, Unit.WORKING_DAYS), start, CALENDAR)

    assert last_day(Period(amount + more, Unit.WORKING_DAYS), start, CALENDAR).due_on >= shorter.due_on


@given(DAYS, st.integers(1, 200))
def test_what_counted_and_what_was_skipped_add_up(start: date, amount: int) -> None:
    answer = last_day(Period(amount, Unit.WORKING_DAYS), start, CALENDAR)

    assert (answer.due_on - start).days == amount + len(answer.skipped)
    assert all(not CALENDAR.is_working(skipped.on) for skipped in answer.skipped)


@given(DAYS, PERIODS, st.integers(1, 40))
def test_a_later_start_never_ends_earlier(start: date, period: Period, later: int) -> None:
    first = last_day(period, start, CALENDAR)

    assert last_day(period, start + timedelta(days=later), CALENDAR).due_on >= first.due_on


@given(st.builds(Period, st.integers(1, 10_000), st.sampled_from(Unit)))
def test_a_period_reads_back_as_it_is_written(period: Period) -> None:
    assert Period.parse(str(period)) == period
