"""Recalculation: what another edition of the calendar would move, seen before anybody decides."""

from itertools import islice

from flask import redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from consent_service.dashboard.blueprint import dashboard
from consent_service.dashboard.duty_words import duty_name
from consent_service.dashboard.places import at_operator, reading, writing
from consent_service.operators.sessions import Place
from consent_service.recalculation.service import decide, pages, recalculations
from consent_service.services import services

PREVIEWED_PAGES = 20
SHOWN = 100
MAX_REASON = 2000


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
        looked = list(islice(pages(uow, calendar), PREVIEWED_PAGES))
        decisions = recalculations(uow)
    differences = [one for page in looked for one in page.differences]
    return render_template(
        "recalculation.html",
        edition=calendar.edition,
        seen=sum(page.seen for page in looked),
        is_all=looked[-1].last is None,
        differ=len(differences),
        rows=[(one, duty_name(one.code)) for one in differences[:SHOWN]],
        decisions=decisions,
        is_waiting=any(one.state == "approved" for one in decisions),
        problems=problems,
    )
