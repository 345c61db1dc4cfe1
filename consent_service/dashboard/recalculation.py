"""Recalculation: what another edition of the calendar would move, seen before anybody decides."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from flask import redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from consent_service.dashboard.blueprint import dashboard
from consent_service.dashboard.duty_words import duty_name
from consent_service.dashboard.places import at_operator, reading, writing
from consent_service.deadlines.working_days import Calendar
from consent_service.duties.redating import Difference
from consent_service.kernel.uow import UnitOfWork
from consent_service.operators.sessions import Place
from consent_service.recalculation.service import decide, pages, recalculations
from consent_service.services import services

PREVIEWED_PAGES = 20
SHOWN = 100
MAX_REASON = 2000


@dataclass(frozen=True, slots=True)
class Moves:
    """What a calendar would move of the open dates that were looked at; the first differences with their words."""

    seen: int
    differ: int
    is_all: bool
    rows: Sequence[tuple[Difference, str]]


def moves_by(uow: UnitOfWork, calendar: Calendar) -> Moves:
    """Compute open dates again with a calendar, as many as a page has time for; changes nothing."""
    looked = list(islice(pages(uow, calendar), PREVIEWED_PAGES))
    differences = [one for page in looked for one in page.differences]
    return Moves(
        seen=sum(page.seen for page in looked),
        differ=len(differences),
        is_all=looked[-1].last is None,
        rows=[(one, duty_name(one.code)) for one in differences[:SHOWN]],
    )


@dashboard.get("/<slug>/recalculation")
@at_operator
def recalculation(place: Place) -> str:
    """Show which open dates would move, and what was decided before."""
    return _page(place, {})


@dashboard.post("/<slug>/recalculation")
@at_operator
def decide_recalculation(place: Place) -> Response | tuple[str, int]:
    """Decide that they move; the worker carries it out."""
    reason = request.form.get("reason", "").strip()[:MAX_REASON]
    if not reason:
        return _page(place, {"reason": [gettext("Say why the dates move.")]}), 422
    with writing(place) as uow:
        decide(uow, services().law.calendar, reason=reason)
    return redirect(url_for("dashboard.recalculation", slug=place.slug))


def _page(place: Place, problems: dict[str, list[str]]) -> str:
    calendar = services().law.calendar
    with reading(place) as uow:
        moves, decisions = moves_by(uow, calendar), recalculations(uow)
    return render_template(
        "recalculation.html",
        edition=calendar.edition,
        moves=moves,
        decisions=decisions,
        is_waiting=any(one.state == "approved" for one in decisions),
        problems=problems,
    )
