"""Cases that were given to somebody: their list, and giving one to a colleague."""

from dataclasses import dataclass
from uuid import UUID

from flask import abort, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from consent_service.dashboard.blueprint import dashboard
from consent_service.dashboard.cases import PAGES
from consent_service.dashboard.duty_rows import Left, left
from consent_service.dashboard.duty_words import case_name
from consent_service.dashboard.places import at_operator, reading, writing
from consent_service.duties.queries import DutyView, first_unmet
from consent_service.incidents.queries import incident_view
from consent_service.kernel.errors import InvalidInputError
from consent_service.operators.assignments import WORK_ON_CASES, assign, assignee_of, cases_of
from consent_service.operators.sessions import Place, SignedIn
from consent_service.operators.staff import members
from consent_service.subject_requests.queries import request_view
from consent_service.withdrawals.queries import withdrawal_view

_VIEWS = {"withdrawal": withdrawal_view, "request": request_view, "incident": incident_view}


@dataclass(frozen=True, slots=True)
class MyCase:
    """A case with what is due in it first."""

    kind: str
    name: str
    case_id: UUID
    duty: DutyView | None
    left: Left | None


@dashboard.get("/<slug>/mine")
@at_operator
def my_cases(place: Place) -> str:
    """Show the cases given to whoever asks, those first in which something is due soonest."""
    session: SignedIn = g.session
    with reading(place) as uow:
        given = cases_of(uow, session.staff_id)
        first = first_unmet(uow, [case_id for _, case_id in given])
        rows = [
            MyCase(kind, case_name(kind), case_id, duty, left(duty, uow) if duty else None)
            for kind, case_id in given
            for duty in [first.get(case_id)]
        ]
    rows.sort(key=lambda row: (row.duty is None, row.duty.due_at if row.duty else None, str(row.case_id)))
    return render_template("my_cases.html", rows=rows)


@dashboard.post("/<slug>/cases/<kind>/<uuid:case_id>/assignee")
@at_operator
def assign_case(place: Place, kind: str, case_id: UUID) -> Response:
    """Give a case to a colleague, or to nobody."""
    if kind not in _VIEWS:
        abort(404)
    with writing(place) as uow:
        _VIEWS[kind](uow, case_id)  # there is such a case
        assign(uow, kind, case_id, _wanted(request.form.get("staff", "")))
    return redirect(url_for(f"dashboard.{PAGES[kind]}", slug=place.slug, case_id=case_id))


def _wanted(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError as error:
        raise InvalidInputError.of("staff", "Choose somebody at the operator who works on cases.") from error


@dataclass(frozen=True, slots=True)
class Assigned:
    """To whom a case is given, and to whom it may be."""

    to: UUID | None
    names: dict[UUID, str]


@dashboard.app_context_processor
def for_pages_of_cases() -> dict[str, object]:
    """Give the page of a case what its form needs."""
    return {"assigned": _assigned}


def _assigned(case_id: UUID) -> Assigned:
    with reading(g.place) as uow:
        people = [one for one in members(uow) if one.role in WORK_ON_CASES]
        return Assigned(assignee_of(uow, case_id), {one.staff_id: one.email for one in people})
