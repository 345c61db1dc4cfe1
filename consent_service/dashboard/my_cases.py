"""Cases and duties that were given to somebody: their list, and giving one to a colleague."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from flask import abort, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from consent_service.dashboard.blueprint import dashboard
from consent_service.dashboard.cases import PAGES
from consent_service.dashboard.duty_rows import Left, left
from consent_service.dashboard.duty_words import case_name
from consent_service.dashboard.listing import staff_words
from consent_service.dashboard.own_cases import whose
from consent_service.dashboard.places import at_operator, reading, writing
from consent_service.duties.assigning import give_duty
from consent_service.duties.queries import DutyView, duties_given_to, first_unmet
from consent_service.kernel.errors import InvalidInputError
from consent_service.kernel.uow import UnitOfWork
from consent_service.operators.sessions import Place, SignedIn
from consent_service.subject_requests.assigning import assign_requests
from consent_service.subject_requests.queries import list_requests, request_view
from consent_service.withdrawals.assigning import assign_withdrawals
from consent_service.withdrawals.queries import list_withdrawals, withdrawal_view

LISTED = 100  # of each kind
_NEVER = datetime.max.replace(tzinfo=UTC)
_VIEWS = {"withdrawal": withdrawal_view, "request": request_view}
_ASSIGN: dict[str, Callable[[UnitOfWork, Sequence[UUID], UUID | None], int]] = {
    "withdrawal": assign_withdrawals,
    "request": assign_requests,
}


@dataclass(frozen=True, slots=True)
class MyCase:
    """A case with what is due in it first."""

    kind: str
    name: str
    case_id: UUID
    subject_id: UUID | None
    duty: DutyView | None
    left: Left | None


@dashboard.get("/<slug>/mine")
@at_operator
def my_cases(place: Place) -> str:
    """Show the cases that whoever asks has, or has a duty in, those first in which something is due soonest."""
    session: SignedIn = g.session
    with reading(place) as uow:
        withdrawals, _ = list_withdrawals(uow, assignees=[session.staff_id], limit=LISTED, cursor=None)
        requests, _ = list_requests(uow, assignees=[session.staff_id], limit=LISTED, cursor=None)
        given: list[tuple[str, UUID, UUID | None]] = [("withdrawal", one.id, one.subject_id) for one in withdrawals]
        given += [("request", one.id, one.subject_id) for one in requests]
        first = first_unmet(uow, [case_id for _, case_id, _ in given])
        known = {case_id for _, case_id, _ in given}
        for duty in duties_given_to(uow, session.staff_id, limit=LISTED):
            if duty.case_id not in known:
                known.add(duty.case_id)
                given.append((duty.case_kind, duty.case_id, duty.subject_id))
                first[duty.case_id] = duty
        rows = [
            MyCase(kind, case_name(kind), case_id, subject_id, duty, left(duty, uow) if duty else None)
            for kind, case_id, subject_id in given
            for duty in [first.get(case_id)]
        ]
    rows.sort(key=lambda row: (row.duty.due_at if row.duty else _NEVER, str(row.case_id)))
    return render_template("my_cases.html", rows=rows)


@dashboard.post("/<slug>/cases/<kind>/<uuid:case_id>/assignee")
@at_operator
def assign_case(place: Place, kind: str, case_id: UUID) -> Response:
    """Give a case to a colleague, or to nobody."""
    if kind not in _ASSIGN:
        abort(404)
    with writing(place) as uow:
        _VIEWS[kind](uow, case_id)  # there is such a case
        _ASSIGN[kind](uow, [case_id], _wanted(request.form.get("staff", "")))
    return redirect(url_for(f"dashboard.{PAGES[kind]}", slug=place.slug, case_id=case_id))


@dashboard.post("/<slug>/duties/<uuid:duty_id>/owner")
@at_operator
def assign_duty(place: Place, duty_id: UUID) -> Response:
    """Give a duty of a case to a colleague, or leave it to whoever has the case."""
    with writing(place) as uow:
        kind, case_id = give_duty(uow, duty_id, _wanted(request.form.get("staff", "")))
    return redirect(url_for("dashboard.case", slug=place.slug, kind=kind, case_id=case_id) + "#duties")


def _wanted(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError as error:
        raise InvalidInputError.of("staff", "Choose somebody at the operator who works on cases.") from error


@dataclass(frozen=True, slots=True)
class Assigned:
    """To whom a case is given, and to whom it may be."""

    to: str
    names: dict[str, str]


@dashboard.app_context_processor
def for_pages_of_cases() -> dict[str, object]:
    """Give the page of a case what its form needs."""
    return {"assigned": _assigned}


def _assigned(case_id: UUID) -> Assigned:
    with reading(g.place) as uow:
        return Assigned(str(whose(uow, case_id) or ""), dict(staff_words(uow)))
