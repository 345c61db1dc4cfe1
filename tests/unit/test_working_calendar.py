"""The working calendar 2022-2027, day by day, against tables typed in by hand; its editions; how periods are counted."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from consent_service.deadlines.periods import Period
from consent_service.deadlines.rules import ALMATY, check_time_zone, last_day
from consent_service.deadlines.service import explain
from consent_service.deadlines.working_days import CalendarGapError, load_calendar
from consent_service.kernel.errors import InvalidInputError, SettingsError

CALENDAR = load_calendar()
# Year: non-working Mondays to Fridays by month, worked weekend days, working days of the year.
TABLES: dict[int, tuple[dict[int, list[int]], list[tuple[int, int]], int]] = {
    2022: ({1: [3, 4, 7], 3: [7, 8, 21, 22, 23], 5: [2, 9, 10], 7: [6], 8: [29, 30], 10: [24, 25], 12: [16]},
           [(3, 5), (8, 27), (10, 22)], 246),
    2023: ({1: [2, 3], 3: [8, 21, 22, 23], 5: [1, 8, 9], 6: [28], 7: [6, 7], 8: [30], 10: [25], 12: [18]}, [(7, 1)], 246),
    2024: ({1: [1, 2], 3: [8, 21, 22, 25], 5: [1, 7, 8, 9], 7: [8], 8: [30], 10: [25], 12: [16]}, [(5, 4)], 249),
    2025: ({1: [1, 2, 3, 7], 3: [10, 21, 24, 25], 5: [1, 7, 9], 6: [6], 7: [7], 9: [1], 10: [27], 12: [16]}, [(1, 5)], 246),
    2026: ({1: [1, 2, 7], 3: [9, 23, 24, 25], 5: [1, 7, 11, 27], 7: [6], 10: [26], 12: [16]}, [], 247),
    2027: ({1: [1, 4, 7], 3: [8, 15, 22, 23, 24], 5: [3, 7, 10], 7: [6], 10: [25], 12: [16]}, [], 247),
}  # fmt: skip


def is_working_by_hand(day: date) -> bool:
    """The oracle: the tables above and nothing of the engine."""
    off, worked, _ = TABLES[day.year]
    if (day.month, day.day) in worked:
        return True
    return day.weekday() < 5 and day.day not in off.get(day.month, [])


@pytest.mark.parametrize("year", TABLES)
def test_every_day_of_the_year_is_working_or_not_as_published(year: int) -> None:
    day, working = date(year, 1, 1), 0
    while day.year == year:
        assert CALENDAR.is_working(day) == is_working_by_hand(day), day
        working += is_working_by_hand(day)
        day += timedelta(days=1)
    assert working == TABLES[year][2]


@pytest.mark.parametrize(
    ("day", "russian"),
    [
        ("2026-11-28", "Суббота"),
        ("2026-12-16", "День Независимости"),
        ("2026-10-26", "День Республики (перенесён с выходного дня)"),
        ("2026-05-27", "Первый день Курбан айта"),
        ("2026-01-07", "Православное Рождество"),
        ("2022-03-07", "Перенесённый выходной"),
    ],
)
def test_each_day_off_says_why_in_three_languages(day: str, russian: str) -> None:
    why = CALENDAR.why_off(date.fromisoformat(day))

    assert why["ru"] == russian
    assert all(why[language] for language in ("kk", "ru", "en"))


def test_an_order_adds_a_transfer_and_makes_another_edition(tmp_path: Path) -> None:
    file = tmp_path / "overrides.yaml"
    file.write_text(
        "corrections:\n"
        "  - {date: 2026-12-17, kind: day_off, act: 'бұйрық № 100, 01.11.2026',\n"
        "     reason: {kk: Ауыстырылған күн, ru: Перенос, en: Transfer}}\n"
        "  - {date: 2026-12-19, kind: worked, act: 'бұйрық № 100, 01.11.2026', reason: {kk: Жұмыс, ru: Рабочий, en: Worked}}\n"
    )
    changed = load_calendar(file)

    assert changed.edition != CALENDAR.edition
    assert not changed.is_working(date(2026, 12, 17))
    assert changed.is_working(date(2026, 12, 19))
    assert "№ 100" in changed.why_off(date(2026, 12, 17))["ru"]
    period = Period.parse("5wd")
    assert last_day(period, date(2026, 12, 11), CALENDAR).due_on == date(2026, 12, 21)
    assert last_day(period, date(2026, 12, 11), changed).due_on == date(2026, 12, 21)
    assert last_day(Period.parse("3wd"), date(2026, 12, 14), changed).due_on == date(2026, 12, 19)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "corrections: [{date: tomorrow, kind: worked, act: a, reason: {kk: a, ru: b, en: c}}]",
            "correction 1: 'date'",
        ),
        ("corrections: [{date: 2026-12-17, kind: rest, act: a, reason: {kk: a, ru: b, en: c}}]", "'kind' must be"),
        ("corrections: [{date: 2026-12-17, kind: worked, act: '', reason: {kk: a, ru: b, en: c}}]", "name the order"),
        ("corrections: [{date: 2026-12-17, kind: worked, act: a, reason: {kk: a}}]", "kk, ru and en"),
        ("corrections: [1]", "correction 1"),
        ("holidays: []", "must have the keys"),
        ("{", "write YAML"),
    ],
)
def test_wrong_overrides_are_refused_with_the_entry_and_what_to_write(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "overrides.yaml"
    file.write_text(text)

    with pytest.raises(SettingsError, match=words):
        load_calendar(file)


def test_a_day_off_that_was_known_once_and_worked_later_makes_two_editions(tmp_path: Path) -> None:
    planned = tmp_path / "planned.yaml"
    planned.write_text(
        "corrections: [{date: 2024-06-17, kind: day_off, act: 'as planned until 07.06.2024', "
        "reason: {kk: Құрбан айт, ru: Курбан айт, en: Kurban Ait}}]"
    )
    before, after = load_calendar(planned), CALENDAR

    assert last_day(Period.parse("1wd"), date(2024, 6, 14), before).due_on == date(2024, 6, 18)
    assert last_day(Period.parse("1wd"), date(2024, 6, 14), after).due_on == date(2024, 6, 17)
    assert before.edition != after.edition


def test_the_thirty_first_of_august_2026_is_worked() -> None:
    assert CALENDAR.is_working(date(2026, 8, 31))


def test_beyond_the_published_calendar_a_date_is_provisional_and_beyond_the_known_one_refused() -> None:
    assert not last_day(Period.parse("5wd"), date(2026, 12, 1), CALENDAR).provisional
    assert last_day(Period.parse("15wd"), date(2026, 12, 14), CALENDAR).provisional
    with pytest.raises(CalendarGapError):
        last_day(Period.parse("10000wd"), date(2026, 12, 14), CALENDAR)
    with pytest.raises(CalendarGapError):
        last_day(Period.parse("9000y"), date(2026, 12, 14), CALENDAR)


def test_civil_code_173_176_an_evening_in_utc_is_the_next_day_in_almaty() -> None:
    late = last_day(Period.parse("10d"), datetime(2026, 11, 23, 23, 30, tzinfo=UTC), CALENDAR, rolls=False)

    assert (late.from_on, late.starts_on, late.due_on) == (date(2026, 11, 24), date(2026, 11, 25), date(2026, 12, 4))
    assert late.due_at == datetime(2026, 12, 5, tzinfo=ALMATY)


def test_before_march_2024_almaty_was_an_hour_further_east() -> None:
    instant = datetime(2024, 2, 1, 18, 30, tzinfo=UTC)

    assert last_day(Period.parse("1d"), instant, CALENDAR, rolls=False).from_on == date(2024, 2, 2)


def test_an_explanation_names_the_days_that_did_not_count() -> None:
    told = explain(last_day(Period.parse("3wd"), date(2026, 12, 14), CALENDAR), "kk")

    assert "16.12.2026 Тәуелсіздік күні" in told
    assert "18.12.2026" in told


def test_the_time_zone_data_are_new_enough() -> None:
    check_time_zone()


@pytest.mark.parametrize("text", ["", "10", "d", "0d", "-1d", "1.5d", "10 d", "10x", "10001d", "999999d", "١٠d"])
def test_a_period_written_otherwise_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError):
        Period.parse(text)


@pytest.mark.parametrize(
    ("text", "kk", "ru", "en"),
    [
        ("1wd", "1 жұмыс күні", "1 рабочий день", "1 working day"),
        ("3wd", "3 жұмыс күні", "3 рабочих дня", "3 working days"),
        ("11d", "11 күнтізбелік күн", "11 календарных дней", "11 calendar days"),
        ("24h", "24 сағат", "24 часа", "24 hours"),
        ("5y", "5 жыл", "5 лет", "5 years"),
        ("21m", "21 ай", "21 месяц", "21 months"),
    ],
)
def test_a_period_in_words_has_the_right_plural(text: str, kk: str, ru: str, en: str) -> None:
    period = Period.parse(text)

    assert [period.in_words(language) for language in ("kk", "ru", "en")] == [kk, ru, en]
