"""Dates with their reasons: the front door of the deadline engine."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path

from consent_service.deadlines.catalogue import Catalogue, load_catalogue
from consent_service.deadlines.periods import Period, Unit
from consent_service.deadlines.rules import ALMATY, Deadline, SkippedDay, last_day
from consent_service.deadlines.working_days import Calendar, load_calendar

_COUNTED = {
    "kk": "Мерзім: {period}, {starts} бастап; соңғы күні {due}.",
    "ru": "Срок: {period}, с {starts}; последний день {due}.",
    "en": "Period: {period}, from {starts}; the last day is {due}.",
}
_COUNTED_HOURS = {
    "kk": "Мерзім: {period}, {starts} бастап; {due} аяқталады (Алматы уақыты).",
    "ru": "Срок: {period}, с {starts}; истекает {due} (время Алматы).",
    "en": "Period: {period}, from {starts}; it is over at {due} (Almaty time).",
}
_SKIPPED = {"kk": "Саналмады: {days}.", "ru": "Не считаются: {days}.", "en": "Not counted: {days}."}
_MOVED = {
    "kk": "Соңғы күн {safe} жұмыс күні емес, сондықтан {due} күніне ауысады: {days}.",
    "ru": "Последний день {safe} нерабочий, поэтому переносится на {due}: {days}.",
    "en": "The last day {safe} is no working day, so it moves to {due}: {days}.",
}
_PROVISIONAL = {
    "kk": "Күнтізбе әлі бекітілмеген: күн өзгеруі мүмкін.",
    "ru": "Календарь ещё не утверждён: дата может измениться.",
    "en": "The calendar is not published yet: the date may change.",
}


@dataclass(frozen=True, slots=True)
class Law:
    """What dates are computed from: the calendar and the catalogue of duties, each with its edition."""

    calendar: Calendar
    catalogue: Catalogue


def load_law(overrides: Path | None, editions: Path | None = None) -> Law:
    """Load the current editions; overrides of the calendar and further editions of the law sit on top."""
    if overrides is None and editions is None:
        return _released()
    return Law(load_calendar(overrides), load_catalogue(editions))


@cache
def _released() -> Law:
    return Law(load_calendar(), load_catalogue())


def deadline_for(period: Period, from_: datetime | date, calendar: Calendar, *, rolls: bool = True) -> Deadline:
    """Count a period from an event; see ``rules.last_day``."""
    return last_day(period, from_, calendar, rolls=rolls)


def explain(deadline: Deadline, language: str) -> str:
    """Say in one to four sentences how a date came about."""
    if deadline.period.unit is Unit.HOURS:
        starts_at = deadline.due_at - timedelta(hours=deadline.period.amount)
        return _COUNTED_HOURS[language].format(
            period=deadline.period.in_words(language), starts=_moment(starts_at), due=_moment(deadline.due_at)
        )
    sentences = [
        _COUNTED[language].format(
            period=deadline.period.in_words(language), starts=_day(deadline.starts_on), due=_day(deadline.due_on)
        )
    ]
    skipped = [day for day in deadline.skipped if day.on < deadline.safe_on]
    moved = [day for day in deadline.skipped if day.on >= deadline.safe_on]
    if skipped:
        sentences.append(_SKIPPED[language].format(days=_reasons(skipped, language)))
    if moved:
        sentences.append(
            _MOVED[language].format(
                safe=_day(deadline.safe_on), due=_day(deadline.due_on), days=_reasons(moved, language)
            )
        )
    if deadline.provisional:
        sentences.append(_PROVISIONAL[language])
    return " ".join(sentences)


def _reasons(days: Sequence[SkippedDay], language: str) -> str:
    return ", ".join(f"{_day(day.on)} {day.why[language]}" for day in days)


def _day(day: date) -> str:
    return day.strftime("%d.%m.%Y")


def _moment(instant: datetime) -> str:
    return instant.astimezone(ALMATY).strftime("%d.%m.%Y %H:%M")


__all__ = ["Deadline", "Law", "deadline_for", "explain", "load_law"]
