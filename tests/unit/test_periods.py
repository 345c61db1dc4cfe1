import pytest

from consent_service.deadlines.periods import Period, Unit
from consent_service.kernel.errors import InvalidInputError


@pytest.mark.parametrize(
    ("text", "amount", "unit"),
    [
        ("1d", 1, Unit.DAYS),
        ("15wd", 15, Unit.WORKING_DAYS),
        ("24h", 24, Unit.HOURS),
        ("6m", 6, Unit.MONTHS),
        ("3y", 3, Unit.YEARS),
        ("10000wd", 10_000, Unit.WORKING_DAYS),
    ],
)
def test_a_period_is_an_amount_and_a_unit(text: str, amount: int, unit: Unit) -> None:
    period = Period.parse(text)

    assert (period.amount, period.unit) == (amount, unit)
    assert str(period) == text


@pytest.mark.parametrize(
    "text",
    ["", "15", "wd", "0d", "015wd", "-1d", "+1d", "1.5d", "15 wd", " 15wd", "15wd\n", "15WD", "15w", "10001d",
     "99999999d", "١٥wd", "15days"],
)  # fmt: skip
def test_a_period_written_otherwise_is_refused_with_what_to_write(text: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        Period.parse(text)

    assert list(refused.value.fields) == ["period"]
    assert "Write " in refused.value.detail


@pytest.mark.parametrize("amount", [-1, 0, 10_001])
def test_a_period_cannot_be_made_beyond_its_bounds(amount: int) -> None:
    with pytest.raises(InvalidInputError, match="10000"):
        Period(amount, Unit.DAYS)


@pytest.mark.parametrize(
    ("text", "kk", "ru", "en"),
    [
        ("1d", "1 күнтізбелік күн", "1 календарный день", "1 calendar day"),
        ("10d", "10 күнтізбелік күн", "10 календарных дней", "10 calendar days"),
        ("1wd", "1 жұмыс күні", "1 рабочий день", "1 working day"),
        ("3wd", "3 жұмыс күні", "3 рабочих дня", "3 working days"),
        ("15wd", "15 жұмыс күні", "15 рабочих дней", "15 working days"),
        ("11wd", "11 жұмыс күні", "11 рабочих дней", "11 working days"),
        ("21wd", "21 жұмыс күні", "21 рабочий день", "21 working days"),
        ("22wd", "22 жұмыс күні", "22 рабочих дня", "22 working days"),
        ("111wd", "111 жұмыс күні", "111 рабочих дней", "111 working days"),
        ("112d", "112 күнтізбелік күн", "112 календарных дней", "112 calendar days"),
        ("1h", "1 сағат", "1 час", "1 hour"),
        ("24h", "24 сағат", "24 часа", "24 hours"),
        ("1m", "1 ай", "1 месяц", "1 month"),
        ("6m", "6 ай", "6 месяцев", "6 months"),
        ("1y", "1 жыл", "1 год", "1 year"),
        ("3y", "3 жыл", "3 года", "3 years"),
        ("5y", "5 жыл", "5 лет", "5 years"),
    ],
)
def test_a_period_is_said_with_the_right_plural(text: str, kk: str, ru: str, en: str) -> None:
    period = Period.parse(text)

    assert [period.in_words(language) for language in ("kk", "ru", "en")] == [kk, ru, en]
