"""Counting a deadline from what an address asks for, by the engine that dates every duty."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time

from flask import request
from flask_babel import gettext

from consent_service.deadlines.periods import Period
from consent_service.deadlines.rules import ALMATY, Deadline
from consent_service.deadlines.service import deadline_for, explain
from consent_service.deadlines.working_days import Calendar, CalendarGapError
from consent_service.kernel.errors import InvalidInputError
from consent_service.pages.languages import language


@dataclass(frozen=True, slots=True)
class Asked:
    """What a deadline is counted from, as it was written, and what came of it."""

    from_on: str
    from_time: str
    amount: str
    unit: str
    end: Deadline | None
    words: str
    wrong: Mapping[str, list[str]]


def asked_deadline(known: Calendar) -> Asked | None:
    """Count what the address asks for; None where it asks for nothing."""
    from_on, at, amount, unit = (request.args.get(name, "").strip()[:20] for name in ("from", "at", "amount", "unit"))
    if not (from_on or amount):
        return None
    wrong: dict[str, list[str]] = {}
    end: Deadline | None = None
    start = _start(from_on, at, wrong)
    period = _period(amount, unit, wrong)
    if start is not None and period is not None:
        try:
            end = deadline_for(period, start, known)
        except CalendarGapError:
            wrong["from"] = [outside(known)]
    # A browser's own fields take nothing that is no day and no number, so only what was read is shown again.
    shown = (from_on if start is not None else "", at if start is not None else "", amount if period else "")
    return Asked(*shown, unit, end, explain(end, language()) if end else "", wrong)


def _start(from_on: str, at: str, wrong: dict[str, list[str]]) -> date | datetime | None:
    try:
        day = date.fromisoformat(from_on)
        return datetime.combine(day, time.fromisoformat(at).replace(tzinfo=None), ALMATY) if at else day
    except ValueError:
        wrong["from"] = [gettext("Write a day, such as 2026-11-23.")]
        return None


def _period(amount: str, unit: str, wrong: dict[str, list[str]]) -> Period | None:
    try:
        return Period.parse(f"{amount}{unit}")
    except InvalidInputError:
        wrong["amount"] = [gettext("Write a whole number.")]
        return None


def outside(known: Calendar) -> str:
    """Say which days the calendar knows."""
    return str(
        gettext(
            "The calendar knows the days from %(first)s to %(last)s: stay within them.",
            first=f"{known.first_day:%d.%m.%Y}",
            last=f"{known.last_day:%d.%m.%Y}",
        )
    )
