"""A period of time as laws and policies print it: an amount and a unit."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Self

from consent_service.kernel.errors import InvalidInputError

LONGEST = 10_000
_DAY_LENGTH = 10
_LONGEST_WRITTEN = 20
_WRITTEN = re.compile(r"([1-9][0-9]*)(d|wd|h|m|y)", re.ASCII)


class Unit(StrEnum):
    """What a period is counted in."""

    DAYS = "d"
    WORKING_DAYS = "wd"
    HOURS = "h"
    MONTHS = "m"
    YEARS = "y"


# Russian has three forms after a number; Kazakh and English need one and two.
_WORDS: dict[str, dict[Unit, tuple[str, ...]]] = {
    "kk": {
        Unit.DAYS: ("күнтізбелік күн",),
        Unit.WORKING_DAYS: ("жұмыс күні",),
        Unit.HOURS: ("сағат",),
        Unit.MONTHS: ("ай",),
        Unit.YEARS: ("жыл",),
    },
    "ru": {
        Unit.DAYS: ("календарный день", "календарных дня", "календарных дней"),
        Unit.WORKING_DAYS: ("рабочий день", "рабочих дня", "рабочих дней"),
        Unit.HOURS: ("час", "часа", "часов"),
        Unit.MONTHS: ("месяц", "месяца", "месяцев"),
        Unit.YEARS: ("год", "года", "лет"),
    },
    "en": {
        Unit.DAYS: ("calendar day", "calendar days"),
        Unit.WORKING_DAYS: ("working day", "working days"),
        Unit.HOURS: ("hour", "hours"),
        Unit.MONTHS: ("month", "months"),
        Unit.YEARS: ("year", "years"),
    },
}


_DAYS = {Unit.HOURS: 1 / 24, Unit.DAYS: 1, Unit.WORKING_DAYS: 7 / 5, Unit.MONTHS: 30, Unit.YEARS: 365}


@dataclass(frozen=True, slots=True)
class Period:
    """Such as 15 working days."""

    amount: int
    unit: Unit

    def __post_init__(self) -> None:
        if not 1 <= self.amount <= LONGEST:
            raise InvalidInputError.of("period", f"Write an amount from 1 to {LONGEST}.")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``15wd``: ``d`` calendar days, ``wd`` working days, ``h`` hours, ``m`` months, ``y`` years.

        >>> Period.parse("15wd")
        Period(amount=15, unit=<Unit.WORKING_DAYS: 'wd'>)

        Raises:
            InvalidInputError: It is written otherwise, or longer than 10 000.
        """
        match = _WRITTEN.fullmatch(text)
        if match is None or len(text) > _LONGEST_WRITTEN:
            raise InvalidInputError.of("period", "Write an amount and d, wd, h, m or y, such as 10d or 15wd.")
        return cls(int(match[1]), Unit(match[2]))

    def __str__(self) -> str:
        return f"{self.amount}{self.unit}"

    def in_words(self, language: str) -> str:
        """Say the period in ``kk``, ``ru`` or ``en``.

        >>> Period.parse("3wd").in_words("ru"), Period.parse("21wd").in_words("ru"), Period.parse("1y").in_words("en")
        ('3 рабочих дня', '21 рабочий день', '1 year')
        """
        forms = _WORDS[language][self.unit]
        return f"{self.amount} {forms[_form(self.amount, language)]}"


def is_longer(period: Period, other: Period) -> bool:
    """Compare periods of different units: five working days are taken for a week, a month for 30 days.

    >>> is_longer(Period.parse("30wd"), Period.parse("1m")), is_longer(Period.parse("10d"), Period.parse("15wd"))
    (True, False)
    """
    return period.amount * _DAYS[period.unit] > other.amount * _DAYS[other.unit]


def _form(amount: int, language: str) -> int:
    if language == "ru":
        if amount % 100 in range(11, 15):
            return 2
        return {1: 0, 2: 1, 3: 1, 4: 1}.get(amount % 10, 2)
    return 0 if language == "kk" or amount == 1 else 1


def parse_from(text: str) -> datetime | date:
    """Read an instant with its offset, or an Almaty date.

    Raises:
        InvalidInputError: It is neither.
    """
    try:
        if len(text) == _DAY_LENGTH:
            return date.fromisoformat(text)
        instant = datetime.fromisoformat(text)
    except (ValueError, OverflowError) as error:
        raise _not_a_time() from error
    if instant.tzinfo is None:
        raise _not_a_time()
    return instant


def _not_a_time() -> InvalidInputError:
    return InvalidInputError.of(
        "from", "Write a day (2026-11-23) or an instant with its offset (2026-11-23T09:30:00Z)."
    )
