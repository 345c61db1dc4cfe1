"""Notes of colleagues in the case of a person: writing one, and reading them with a reason."""

from uuid import UUID

from flask import abort, g, make_response, redirect, render_template, url_for
from werkzeug.wrappers import Response

from consent_service.dashboard.blueprint import dashboard
from consent_service.dashboard.cases import PAGES, Problems, attempt
from consent_service.dashboard.places import at_operator, reading, writing
from consent_service.dashboard.revealing import reveal_reason
from consent_service.dashboard.timeline import author_words
from consent_service.kernel.uow import UnitOfWork
from consent_service.operators.sessions import Place
from consent_service.pages.form_values import FormValues
from consent_service.subject_requests.queries import request_view
from consent_service.subjects.case_notes import add_case_note, count_case_notes, read_case_notes
from consent_service.withdrawals.queries import withdrawal_view

LONGEST = 5000


@dashboard.post("/<slug>/cases/<kind>/<uuid:case_id>/notes")
@at_operator
def note_in_case(place: Place, kind: str, case_id: UUID) -> Response:
    """Note something for colleagues."""
    values = FormValues()
    text = values.needed("text", most=LONGEST)
    found = values.wrong or attempt(place, lambda uow: add_case_note(uow, _person(uow, kind, case_id), case_id, text))
    if found:
        return _page(place, kind, case_id, found, text=values.text("text", most=LONGEST) or "")
    return redirect(url_for(f"dashboard.{PAGES[kind]}", slug=place.slug, case_id=case_id) + "#notes")


@dashboard.post("/<slug>/cases/<kind>/<uuid:case_id>/notes/read")
@at_operator
def read_notes(place: Place, kind: str, case_id: UUID) -> Response:
    """Show the notes of a case; that they were read is recorded."""
    with writing(place) as uow:
        notes = read_case_notes(uow, _person(uow, kind, case_id), case_id, reveal_reason())
        authors = {one.by: author_words(uow, one.by) for one in notes}
    return _page(place, kind, case_id, {}, notes=notes, authors=authors)


@dashboard.app_context_processor
def for_cases_with_notes() -> dict[str, object]:
    """Give the page of a case how many notes there are."""
    return {"notes_in": _notes_in}


def _notes_in(case_id: UUID) -> int:
    with reading(g.place) as uow:
        return count_case_notes(uow, case_id)


def _person(uow: UnitOfWork, kind: str, case_id: UUID) -> UUID:
    if kind not in {"withdrawal", "request"}:
        abort(404)
    return (withdrawal_view if kind == "withdrawal" else request_view)(uow, case_id).subject_id


def _page(place: Place, kind: str, case_id: UUID, found: Problems, **shown: object) -> Response:
    back = url_for(f"dashboard.{PAGES[kind]}", slug=place.slug, case_id=case_id)
    page = render_template("case_notes.html", kind=kind, case_id=case_id, back=back, found=found, **shown)
    answer = make_response(page, 422 if found else 200)
    answer.headers["Cache-Control"] = "no-store"
    return answer
