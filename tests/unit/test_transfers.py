"""An order that moves a day: the calendar as it would be is the one that its lines in the override file make."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consent_service.deadlines.transfers import Transfer, TransferKind, as_override, with_transfers
from consent_service.deadlines.working_days import CalendarGapError, load_calendar
from consent_service.kernel.errors import InvalidInputError

KNOWN = load_calendar()
DAYS = st.dates(KNOWN.first_day, KNOWN.last_day)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(on=DAYS, act=st.sampled_from(["№ 12", "order 7: 'a'", "приказ № 5 от 01.12.2026"]))
def test_the_lines_for_the_file_make_the_calendar_that_was_previewed(tmp_path: Path, on: date, act: str) -> None:
    kind = TransferKind.DAY_OFF if KNOWN.is_working(on) else TransferKind.WORKED
    transfer = Transfer(on, kind, act)
    file = tmp_path / "calendar.yaml"
    file.write_text("corrections:\n" + as_override([transfer]))

    previewed, loaded = with_transfers(KNOWN, [transfer]), load_calendar(file)

    assert previewed.edition == loaded.edition != KNOWN.edition
    assert previewed.days_off == loaded.days_off
    assert previewed.is_working(on) is not KNOWN.is_working(on)
    for other in (on - timedelta(days=1), on + timedelta(days=1)):
        if KNOWN.first_day <= other <= KNOWN.last_day:
            assert previewed.is_working(other) is KNOWN.is_working(other)


@given(on=DAYS)
def test_an_order_that_changes_nothing_is_refused(on: date) -> None:
    kind = TransferKind.WORKED if KNOWN.is_working(on) else TransferKind.DAY_OFF
    with pytest.raises(InvalidInputError):
        with_transfers(KNOWN, [Transfer(on, kind, "№ 12")])


def test_a_day_that_the_calendar_does_not_know_is_refused() -> None:
    with pytest.raises(CalendarGapError):
        with_transfers(KNOWN, [Transfer(KNOWN.last_day + timedelta(days=1), TransferKind.DAY_OFF, "№ 12")])
