"""Today: the numbers that say whether all is well, and what is due, soonest first."""

from datetime import date

from flask import g, redirect, render_template
from werkzeug.wrappers import Response

from consent_service.admission.table import is_admitted
from consent_service.dashboard.blueprint import dashboard
from consent_service.dashboard.duty_list import rows_of
from consent_service.dashboard.first_steps import steps_on_today
from consent_service.dashboard.places import at_operator, first_page, reading
from consent_service.dashboard.tiles import tiles_of
from consent_service.deadlines.rules import almaty_day
from consent_service.duties.queries import DutyFilter, list_duties
from consent_service.operators.queries import operator_view
from consent_service.operators.sessions import Place, SignedIn
from consent_service.pages.languages import language

FIRST = 10


@dashboard.get("/")
def home() -> Response | str:
    """Go to the operator of the account where something is due first."""
    session: SignedIn = g.session
    if not session.places:
        return render_template("no_place.html")
    first: dict[str, date] = {}
    for place in session.places:
        if not is_admitted(place.role, "dashboard.today"):
            continue
        with reading(place) as uow:
            soonest, _ = list_duties(uow, DutyFilter(), limit=1)
        if soonest:
            first[place.slug] = soonest[0].due_on
    return redirect(first_page(min(session.places, key=lambda place: first.get(place.slug, date.max))))


@dashboard.get("/<slug>/")
@at_operator
def today(place: Place) -> str:
    """Show the figures of one operator, and what is due there first."""
    with reading(place) as uow:
        found, after = list_duties(uow, DutyFilter(), limit=FIRST)
        rows = rows_of(uow, found)
        name = operator_view(uow).name[language()]
        tiles = tiles_of(uow, place)
        steps = steps_on_today(uow, place)
        on = almaty_day(uow.now)
    return render_template(
        "today.html",
        name=name,
        on=on,
        tiles=tiles,
        steps=steps,
        alarm=any(tile.is_alarm for tile in tiles),
        rows=rows,
        has_more=after is not None,
    )
