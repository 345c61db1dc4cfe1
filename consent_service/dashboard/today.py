"""Today: what is due, soonest first, and the numbers that say whether all is well."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from flask import abort, g, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from consent_service.admission.table import is_admitted
from consent_service.dashboard.blueprint import dashboard
from consent_service.dashboard.duty_rows import Left, left, soon_until
from consent_service.dashboard.duty_words import case_name, duty_name
from consent_service.dashboard.places import at_operator, first_page, reading
from consent_service.deadlines.periods import Period
from consent_service.deadlines.rules import almaty_day
from consent_service.duties.queries import DutyView, count_unmet, due
from consent_service.erasure.holds import Held, held_cases
from consent_service.erasure.service import ERASING_ACTIONS
from consent_service.incidents.queries import count_open
from consent_service.kernel.uow import UnitOfWork
from consent_service.operators.queries import operator_view
from consent_service.operators.sessions import Place, SignedIn
from consent_service.outbox.queries import count_by_hand
from consent_service.pages.languages import language
from consent_service.runs.queries import latest_runs
from consent_service.services import services
from consent_service.subject_requests.queries import count_unidentified
from consent_service.subjects.queries import masked
from consent_service.withdrawals.queries import count_in_course

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
            soonest = due(uow, limit=1)
        if soonest:
            first[place.slug] = soonest[0].due_on
    return redirect(first_page(min(session.places, key=lambda place: first.get(place.slug, date.max))))


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
        alarms = count_open(uow)
        tiles = _tiles(uow, place, soon_before)
    return render_template(
        "today.html",
        name=name,
        on=on,
        alarms=alarms,
        tiles=tiles,
        rows=rows,
        only=only if only in {"late", "soon"} else None,
        after=_write_cursor(found[PAGE - 1]) if len(found) > PAGE else None,
        is_first=request.args.get("after") is None,
    )


@dataclass(frozen=True, slots=True)
class Tile:
    """A number that says whether all is well, and where what it counts is listed."""

    name: str
    number: int
    mark: str
    address: str | None = None


def _tiles(uow: UnitOfWork, place: Place, soon_before: date) -> list[Tile]:
    late, soon = count_unmet(uow, due_before=soon_before)
    withdrawals, unidentified, by_hand = count_in_course(uow), count_unidentified(uow), count_by_hand(uow)
    failing = sum(run.outcome == "failed" for run in latest_runs(uow.session))

    return [
        Tile(
            gettext("Late"),
            late,
            "bad" if late else "good",
            url_for(".today", slug=place.slug, only="late", _anchor="due"),
        ),
        Tile(
            gettext("Due within 3 working days"),
            soon,
            "soon" if soon else "good",
            url_for(".today", slug=place.slug, only="soon", _anchor="due"),
        ),
        Tile(
            gettext("Withdrawals under way"),
            withdrawals,
            "calm",
            url_for(".withdrawals", slug=place.slug, state="in_course"),
        ),
        Tile(
            gettext("Requests whose asker is not known"),
            unidentified,
            "soon" if unidentified else "good",
            url_for(".subject_requests", slug=place.slug, state="unidentified"),
        ),
        Tile(gettext("People to be told by hand"), by_hand, "soon" if by_hand else "good"),
        Tile(gettext("Jobs failing"), failing, "bad" if failing else "good"),
    ]


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
