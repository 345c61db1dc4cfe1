"""Recalculation: what another edition of the calendar would move, seen before anybody decides."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice

from flask import redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from consent_service.dashboard.blueprint import dashboard
from consent_service.dashboard.duty_words import duty_name
from consent_service.dashboard.places import at_operator, reading, writing
from consent_service.deadlines.editions import kept_edition
from consent_service.deadlines.working_days import Calendar, changed_days
from consent_service.duties.redating import Difference
from consent_service.kernel.uow import UnitOfWork
from consent_service.operators.sessions import Place
from consent_service.pages.languages import said
from consent_service.recalculation.service import decide, pages, recalculations
from consent_service.services import services

PREVIEWED_PAGES = 20
SHOWN = 100
MAX_REASON = 2000


@dataclass(frozen=True, slots=True)
class Moves:
    """What a calendar would move of the open dates that were looked at: the first, with their words and reasons."""

    seen: int
    differ: int
    is_all: bool
    rows: Sequence[tuple[Difference, str, str]]


def moves_by(uow: UnitOfWork, calendar: Calendar) -> Moves:
    """Compute open dates again with a calendar, as many as a page has time for; changes nothing."""
    looked = list(islice(pages(uow, calendar), PREVIEWED_PAGES))
    differences = [one for page in looked for one in page.differences]
    why = _reasons(uow, calendar)
    return Moves(
        seen=sum(page.seen for page in looked),
        differ=len(differences),
        is_all=looked[-1].last is None,
        rows=[(one, duty_name(one.code), why(one)) for one in differences[:SHOWN]],
    )


def _reasons(uow: UnitOfWork, calendar: Calendar) -> Callable[[Difference], str]:
    """Return what says why a date moves: the days between, that one calendar counts and the other does not."""
    changed: dict[str, list[date]] = {}

    def why(one: Difference) -> str:
        if one.edition_before not in changed:
            changed[one.edition_before] = changed_days(kept_edition(uow, one.edition_before), calendar)
        last = max(one.before, one.after)
        return "; ".join(_said_of(on) for on in changed[one.edition_before] if one.counted_from <= on <= last)

    def _said_of(on: date) -> str:
        said_of = gettext("a working day now") if calendar.is_working(on) else said(calendar.why_off(on))
        return f"{on:%d.%m.%Y}: {said_of}"

    return why


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
        decide(uow, services().law_at_hand.follow(uow, at_once=True).calendar, reason=reason)
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
