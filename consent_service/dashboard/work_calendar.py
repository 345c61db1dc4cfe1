"""The working calendar: a month with what is due by day, and a year with its days off and their reasons."""

import re
from datetime import date

from flask import abort, render_template, request

from consent_service.dashboard.blueprint import dashboard
from consent_service.dashboard.calendar_months import month_of, week_days
from consent_service.dashboard.deadline_counting import asked_deadline
from consent_service.dashboard.places import at_operator, reading
from consent_service.deadlines.editions import used_editions
from consent_service.deadlines.periods import Period, Unit
from consent_service.deadlines.rules import almaty_day
from consent_service.deadlines.working_days import Calendar
from consent_service.duties.kept import unmet_by_day
from consent_service.operators.sessions import Place
from consent_service.pages.languages import language, said
from consent_service.services import services

_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])", re.ASCII)
_MONTHS = 12
_SEVERAL = 5  # of which languages use the form for many


@dashboard.get("/<slug>/calendar")
@at_operator
def work_calendar(place: Place) -> str | tuple[str, int]:
    """Show a month with what is due, and count a deadline."""
    known = services().law.calendar
    with reading(place) as uow:
        today = almaty_day(uow.now)
        first = _month_asked_for(known, today)
        due = unmet_by_day(uow, first, _after(first, 1))
    asked = asked_deadline(known)
    page = render_template(
        "work_calendar.html",
        known=known,
        today=today,
        month=month_of(known, first, due),
        before=_known(known, _after(first, -1)),
        after=_known(known, _after(first, 1)),
        week=week_days(),
        asked=asked,
        units=[(unit, Period(_SEVERAL, unit).in_words(language()).partition(" ")[2]) for unit in Unit],
    )
    return (page, 422) if asked is not None and asked.wrong else page


@dashboard.get("/<slug>/calendar/<int:year>")
@at_operator
def calendar_year(place: Place, year: int) -> str:
    """Show a year: its days off with their reasons, and the editions that dates were computed with."""
    known = services().law.calendar
    if not known.first_day.year <= year <= known.last_day.year:
        abort(404)
    months = [month_of(known, date(year, month, 1), {}) for month in range(1, _MONTHS + 1)]
    with reading(place) as uow:
        editions = used_editions(uow)
    return render_template(
        "calendar_year.html",
        known=known,
        year=year,
        months=months,
        week=week_days(),
        off=[(on, said(why)) for on, why in sorted(known.days_off.items()) if on.year == year],
        worked=sorted(on for on in known.worked if on.year == year),
        editions=editions,
    )


def _month_asked_for(known: Calendar, today: date) -> date:
    found = _MONTH.fullmatch(request.args.get("month", ""))
    asked = date(int(found[1]), int(found[2]), 1) if found and int(found[1]) else today.replace(day=1)
    return _known(known, asked) or today.replace(day=1)


def _known(known: Calendar, first: date) -> date | None:
    return first if known.first_day <= first <= known.last_day else None


def _after(first: date, months: int) -> date:
    number = first.year * _MONTHS + first.month - 1 + months
    return date(number // _MONTHS, number % _MONTHS + 1, 1)
