"""Dates with their reasons: the front door of the deadline engine."""

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from consent_service.deadlines.catalogue import Catalogue, load_catalogue
from consent_service.deadlines.periods import Period
from consent_service.deadlines.rules import Deadline, last_day
from consent_service.deadlines.working_days import Calendar, load_calendar

_COUNTED = {
    "kk": "Мерзім: {period}, {starts} бастап; соңғы күні {due}.",
    "ru": "Срок: {period}, с {starts}; последний день {due}.",
    "en": "Period: {period}, from {starts}; the last day is {due}.",
}
_SKIPPED = {"kk": "Саналмады: {days}.", "ru": "Не считаются: {days}.", "en": "Not counted: {days}."}
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


def load_law(overrides: Path | None) -> Law:
    """Load the current editions; an override file of the calendar sits on top."""
    return Law(load_calendar(overrides), load_catalogue())


def deadline_for(period: Period, from_: datetime | date, calendar: Calendar, *, rolls: bool = True) -> Deadline:
    """Count a period from an event; see ``rules.last_day``."""
    return last_day(period, from_, calendar, rolls=rolls)


def explain(deadline: Deadline, language: str) -> str:
    """Say in one to three sentences how a date came about."""
    sentences = [
        _COUNTED[language].format(
            period=deadline.period.in_words(language),
            starts=deadline.starts_on.strftime("%d.%m.%Y"),
            due=deadline.due_on.strftime("%d.%m.%Y"),
        )
    ]
    if deadline.skipped:
        days = ", ".join(f"{day.on.strftime('%d.%m.%Y')} {day.why[language]}" for day in deadline.skipped)
        sentences.append(_SKIPPED[language].format(days=days))
    if deadline.provisional:
        sentences.append(_PROVISIONAL[language])
    return " ".join(sentences)


__all__ = ["Deadline", "Law", "deadline_for", "explain", "load_law"]
