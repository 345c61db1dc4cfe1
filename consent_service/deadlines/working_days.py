"""The working calendar of Kazakhstan in editions (Law 267-II; Labour Code 84, 85).

The library ``holidays`` gives the base; our own data and an override file sit on top; the edition identifies the sum.
A date beyond the confirmed horizon can be computed but is provisional: transfers are announced late.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import holidays
import yaml

from consent_service.kernel.errors import ConsentServiceError, SettingsError

DATA = Path(__file__).parent / "data" / "kz-calendar.yaml"
LANGUAGES = ("kk", "ru", "en")
SATURDAY = 5
OBSERVED, ESTIMATED = " (observed)", " (estimated)"
WEEKEND = {
    SATURDAY: {"kk": "Сенбі", "ru": "Суббота", "en": "Saturday"},
    SATURDAY + 1: {"kk": "Жексенбі", "ru": "Воскресенье", "en": "Sunday"},
}
CARRIED_OVER = {
    "kk": "{name} (демалыс күнге дәл келгендіктен көшірілді)",
    "ru": "{name} (перенесён с выходного дня)",
    "en": "{name} (carried over from a weekend)",
}
_KINDS = {"day_off", "worked"}
_KEYS = {"date", "kind", "act", "reason"}
_FILE_KEYS = {"first_day", "last_day", "confirmed_through", "corrections", "names"}

Words = Mapping[str, str]


class CalendarGapError(ConsentServiceError):
    """A date lies outside the years that the calendar knows."""

    code = "calendar-gap"


@dataclass(frozen=True)
class Calendar:
    """One edition: every non-working weekday and every worked weekend day between two dates."""

    first_day: date
    last_day: date
    confirmed_through: date
    days_off: Mapping[date, Words]
    worked: frozenset[date]
    edition: str = field(init=False)

    def __post_init__(self) -> None:
        lines = [f"{self.first_day} {self.last_day} {self.confirmed_through}"]
        lines += [f"-{day}" for day in sorted(self.days_off)] + [f"+{day}" for day in sorted(self.worked)]
        digest = hashlib.sha256("\n".join(lines).encode()).hexdigest()[:8]
        object.__setattr__(self, "edition", f"kz-{self.confirmed_through.year}-{digest}")

    def __hash__(self) -> int:
        """Let dates of one edition be remembered."""
        return hash(self.edition)

    def is_working(self, day: date) -> bool:
        """Say whether a day is a working day.

        Raises:
            CalendarGapError: The calendar does not know the day.
        """
        self._check(day)
        if day in self.worked:
            return True
        return day.weekday() < SATURDAY and day not in self.days_off

    def why_off(self, day: date) -> Words:
        """Say in three languages why a non-working day is one."""
        self._check(day)
        return self.days_off.get(day) or WEEKEND[day.weekday()]

    def next_working(self, day: date) -> date:
        """Return ``day`` or the first working day after it."""
        while not self.is_working(day):
            day += timedelta(days=1)
        return day

    def working_day_after(self, day: date, count: int) -> date:
        """Return the working day that comes ``count`` working days after a day."""
        while count:
            day += timedelta(days=1)
            count -= self.is_working(day)
        return day

    def is_confirmed(self, day: date) -> bool:
        """Say whether the calendar of a day has been published."""
        return day <= self.confirmed_through

    def _check(self, day: date) -> None:
        if not self.first_day <= day <= self.last_day:
            raise CalendarGapError(
                f"The working calendar knows {self.first_day} to {self.last_day}, not {day}. Choose a date within it."
            )


def load_calendar(overrides: Path | None = None) -> Calendar:
    """Build the current edition from the library, our data and an override file.

    Raises:
        SettingsError: The override file is wrong; names the entry and what to write.
    """
    base = yaml.safe_load(DATA.read_text())
    corrections = list(base["corrections"])
    confirmed = base["confirmed_through"]
    if overrides is not None:
        extra = _read_overrides(overrides)
        corrections += extra.get("corrections") or []
        confirmed = extra.get("confirmed_through", confirmed)
    first, last = base["first_day"], base["last_day"]
    library = holidays.country_holidays("KZ", years=range(first.year, last.year + 1), language="en_US")
    off: dict[date, Words] = {}
    worked: set[date] = set()
    day = first
    while day <= last:
        if day.weekday() < SATURDAY and not library.is_working_day(day):
            off[day] = _named(library.get(day, "Day off"), base["names"])
        elif day.weekday() >= SATURDAY and library.is_working_day(day):
            worked.add(day)
        day += timedelta(days=1)
    for entry in corrections:
        off.pop(entry["date"], None)
        worked.discard(entry["date"])
        if entry["kind"] == "worked":
            worked.add(entry["date"])
        else:
            off[entry["date"]] = {lang: f"{entry['reason'][lang]} ({entry['act']})" for lang in LANGUAGES}
    return Calendar(first, last, confirmed, off, frozenset(worked))


def changed_days(before: Calendar, after: Calendar) -> list[date]:
    """Return the days that are worked in one edition and not in the other."""
    listed = {*before.days_off, *after.days_off, *before.worked, *after.worked}
    first, last = max(before.first_day, after.first_day), min(before.last_day, after.last_day)
    return sorted(on for on in listed if first <= on <= last and before.is_working(on) is not after.is_working(on))


def _named(name: str, names: Mapping[str, Words]) -> Words:
    carried = OBSERVED in name
    plain = name.split(";", maxsplit=1)[0].replace(OBSERVED, "").replace(ESTIMATED, "").strip()
    words = names.get(plain) or names["Day off"]
    return {lang: CARRIED_OVER[lang].format(name=words[lang]) for lang in LANGUAGES} if carried else words


def _read_overrides(path: Path) -> dict[str, Any]:  # Any: YAML values
    try:
        data = yaml.safe_load(path.read_text())
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SettingsError(f"The calendar overrides {path.name} cannot be read: write YAML in UTF-8.") from error
    problems = []
    if not isinstance(data, dict) or not set(data) <= _FILE_KEYS:
        raise SettingsError(f"The calendar overrides {path.name} must have the keys corrections, confirmed_through.")
    if not isinstance(data.get("confirmed_through", date.min), date):
        problems.append("confirmed_through must be a date such as 2027-12-31")
    for place, entry in enumerate(data.get("corrections") or [], start=1):
        problems += [f"correction {place}: {text}" for text in _entry_problems(entry)]
    if problems:
        raise SettingsError(f"The calendar overrides {path.name} are wrong: " + "; ".join(problems) + ".")
    return data


def _entry_problems(entry: Any) -> list[str]:  # Any: a YAML value
    if not isinstance(entry, dict) or set(entry) != _KEYS:
        return ["write exactly date, kind, act and reason"]
    problems = []
    if type(entry["date"]) is not date:
        problems.append("'date' must be a date such as 2027-05-08")
    if entry["kind"] not in _KINDS:
        problems.append("'kind' must be day_off or worked")
    if not isinstance(entry["act"], str) or not entry["act"].strip():
        problems.append("'act' must name the order by number and date")
    if not isinstance(entry["reason"], dict) or set(entry["reason"]) != set(LANGUAGES):
        problems.append("'reason' must have kk, ru and en")
    return problems
