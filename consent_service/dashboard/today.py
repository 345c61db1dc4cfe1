"""Today: what is due, soonest first, and four numbers that say whether all is well."""

import base64
import binascii
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from flask import abort, g, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from consent_service.dashboard.blueprint import dashboard
from consent_service.dashboard.duty_words import case_name, duty_name
from consent_service.dashboard.languages import days_late, days_left, language
from consent_service.dashboard.places import at_operator, reading
from consent_service.dashboard.session import signed_in
from consent_service.deadlines.periods import Period
from consent_service.deadlines.rules import almaty_day
from consent_service.deadlines.working_days import Calendar
from consent_service.duties.queries import DutyView, count_unmet, due
from consent_service.incidents.queries import count_open
from consent_service.kernel.uow import UnitOfWork
from consent_service.operators.queries import operator_view
from consent_service.operators.staff import Place, SignedIn
from consent_service.outbox.queries import count_by_hand
from consent_service.runs.queries import latest_runs
from consent_service.services import services
from consent_service.subjects.queries import masked

PAGE = 25
SOON_WORKING_DAYS = 3
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class DueRow:
    """A line of the list."""

    duty: DutyView
    person: str
    name: str
    case: str
    left: str
    is_late: bool
    is_soon: bool
    period: str


@dashboard.get("/")
@signed_in
def home() -> Response | str:
    """Go to the operator of the account where something is due first."""
    session: SignedIn = g.session
    if not session.places:
        return render_template("no_place.html")
    first: dict[str, date] = {}
    for place in session.places:
        with reading(place) as uow:
            soonest = due(uow, limit=1)
        if soonest:
            first[place.slug] = soonest[0].due_on
    slug = min(session.places, key=lambda place: first.get(place.slug, date.max)).slug
    return redirect(url_for("dashboard.today", slug=slug))


@dashboard.get("/<slug>/")
@at_operator
def today(place: Place) -> str:
    """Show what is due at one operator."""
    with reading(place) as uow:
        calendar = services().law.calendar
        on = almaty_day(uow.now)
        late, soon = count_unmet(uow, due_before=calendar.working_day_after(on, SOON_WORKING_DAYS) + _ONE_DAY)
        found = due(uow, limit=PAGE + 1, after=_read_cursor(request.args.get("after")))
        rows = [_row(duty, on, uow, calendar) for duty in found[:PAGE]]
        by_hand = count_by_hand(uow)
        name = operator_view(uow).name[language()]
        alarms = count_open(uow)
        failing = sum(run.outcome == "failed" for run in latest_runs(uow.session))
    return render_template(
        "today.html",
        name=name,
        on=on,
        alarms=alarms,
        tiles=_tiles(late, soon, by_hand, failing),
        rows=rows,
        after=_write_cursor(found[PAGE - 1]) if len(found) > PAGE else None,
        is_first=request.args.get("after") is None,
    )


def _tiles(late: int, soon: int, by_hand: int, failing: int) -> list[tuple[str, int, str]]:
    """Return the four numbers: what, how many, and how it is marked."""
    return [
        (gettext("Late"), late, "bad" if late else "good"),
        (gettext("Due within 3 working days"), soon, "soon" if soon else "good"),
        (gettext("People to be told by hand"), by_hand, "soon" if by_hand else "good"),
        (gettext("Jobs failing"), failing, "bad" if failing else "good"),
    ]


def _row(duty: DutyView, on: date, uow: UnitOfWork, calendar: Calendar) -> DueRow:
    is_late = duty.due_at <= uow.now
    working = _working_days_between(on, duty.due_on, calendar)
    return DueRow(
        duty=duty,
        person=masked(duty.subject_id) if duty.subject_id else "–",
        name=duty_name(duty.code),
        case=case_name(duty.case_kind),
        left=days_late((on - duty.due_on).days) if is_late else days_left(working, is_today=duty.due_on == on),
        is_late=is_late,
        is_soon=not is_late and working <= SOON_WORKING_DAYS,
        period=Period.parse(duty.period).in_words(language()),
    )


def _working_days_between(on: date, until: date, calendar: Calendar) -> int:
    """Count the working days after ``on`` up to and with ``until``."""
    return sum(calendar.is_working(on + timedelta(days=n)) for n in range(1, (until - on).days + 1))


def _write_cursor(duty: DutyView) -> str:
    return base64.urlsafe_b64encode(duty.due_on.isoformat().encode() + duty.id.bytes).decode().rstrip("=")


def _read_cursor(text: str | None) -> tuple[date, UUID] | None:
    if text is None:
        return None
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        return date.fromisoformat(raw[:10].decode()), UUID(bytes=raw[10:])
    except (ValueError, binascii.Error):
        abort(404)
