"""Today: what is due, soonest first, and the numbers that say whether all is well."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from flask import abort, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from consent_service.dashboard.blueprint import dashboard
from consent_service.dashboard.duty_rows import Left, left
from consent_service.dashboard.duty_words import case_name, duty_name
from consent_service.dashboard.places import at_operator, reading
from consent_service.dashboard.session import signed_in
from consent_service.dashboard.tiles import tiles_of
from consent_service.deadlines.periods import Period
from consent_service.deadlines.rules import almaty_day
from consent_service.duties.queries import DutyView, due
from consent_service.duties.rules import soon_until
from consent_service.erasure.holds import Held, held_cases
from consent_service.erasure.service import ERASING_ACTIONS
from consent_service.kernel.uow import UnitOfWork
from consent_service.operators.queries import operator_view
from consent_service.operators.staff import Place, SignedIn
from consent_service.pages.languages import language
from consent_service.services import services
from consent_service.subjects.queries import masked

PAGE = 25


@dataclass(frozen=True, slots=True)
class DueRow:
    """A line of the list."""

    duty: DutyView
    person: str
    name: str
    case: str
    left: Left
    period: str
    held: Held | None


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
    """Show what is due at one operator, all of it, what is ``late`` alone, or what is due ``soon``."""
    only = request.args.get("only")
    with reading(place) as uow:
        on = almaty_day(uow.now)
        soon_before = soon_until(on, services().law.calendar)
        found = due(
            uow,
            limit=PAGE + 1,
            after=_read_cursor(request.args.get("after")),
            is_late={"late": True, "soon": False}.get(only or ""),
            due_before=soon_before if only == "soon" else None,
        )
        held = held_cases(uow, [duty.case_id for duty in found[:PAGE] if duty.action in ERASING_ACTIONS])
        rows = [_row(duty, uow, held) for duty in found[:PAGE]]
        name = operator_view(uow).name[language()]
        tiles = tiles_of(uow, place)
    return render_template(
        "today.html",
        name=name,
        on=on,
        tiles=tiles,
        alarm=any(tile.is_alarm for tile in tiles),
        rows=rows,
        only=only if only in {"late", "soon"} else None,
        after=_write_cursor(found[PAGE - 1]) if len(found) > PAGE else None,
        is_first=request.args.get("after") is None,
    )


def _row(duty: DutyView, uow: UnitOfWork, held: Mapping[UUID, Held]) -> DueRow:
    return DueRow(
        duty=duty,
        person=masked(duty.subject_id) if duty.subject_id else "–",
        name=duty_name(duty.code),
        case=case_name(duty.case_kind),
        left=left(duty, uow),
        period=Period.parse(duty.period).in_words(language()),
        held=held.get(duty.case_id) if duty.action in ERASING_ACTIONS else None,
    )


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
