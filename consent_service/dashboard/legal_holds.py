"""Legal holds: those in force and those that were lifted; placing one, lifting one."""

from uuid import UUID

from flask import make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from consent_service.dashboard.blueprint import dashboard
from consent_service.dashboard.cases import Problems, attempt, needed_basis, needed_reference
from consent_service.dashboard.places import at_operator, reading
from consent_service.dashboard.timeline import author_words
from consent_service.erasure.holds import PlaceHold, lift_hold, place_hold
from consent_service.erasure.register import list_holds
from consent_service.operators.sessions import Place
from consent_service.pages.form_values import FormValues
from consent_service.policies.queries import list_documents

PAGE = 25
ON = ("subject", "document", "purpose")


@dashboard.get("/<slug>/erasures/holds")
@at_operator
def legal_holds(place: Place) -> str:
    """Show the holds, the latest first."""
    return _page(place, {})


@dashboard.post("/<slug>/erasures/holds")
@at_operator
def place_legal_hold(place: Place) -> Response:
    """Place a hold on a person, a document or a purpose."""
    values = FormValues()
    on = values.text("on")
    reference, basis = needed_reference(values), needed_basis(values)
    covered = values.needed(on, most=200) if on in ON else ""
    if on not in ON:
        values.refuse("on", gettext("Choose whom it covers."))
    found = values.wrong
    if not found:
        command = PlaceHold(
            reference,
            basis,
            subject=covered if on == "subject" else None,
            document=covered if on == "document" else None,
            purpose=covered if on == "purpose" else None,
        )
        found = attempt(place, lambda uow: place_hold(uow, command))
    return _answer(place, found)


@dashboard.post("/<slug>/erasures/holds/<uuid:hold_id>")
@at_operator
def lift_legal_hold(place: Place, hold_id: UUID) -> Response:
    """Lift a hold."""
    values = FormValues()
    reference = needed_reference(values)
    found = values.wrong or attempt(place, lambda uow: lift_hold(uow, hold_id, reference=reference))
    return _answer(place, found, hold_id)


def _answer(place: Place, found: Problems, hold_id: UUID | None = None) -> Response:
    if found:
        return make_response(_page(place, found, hold_id), 422)
    return redirect(url_for("dashboard.legal_holds", slug=place.slug))


def _page(place: Place, found: Problems, hold_id: UUID | None = None) -> str:
    with reading(place) as uow:
        rows, after = list_holds(uow, in_force=None, limit=PAGE, cursor=request.args.get("after"))
        actors = {actor for row in rows for actor in (row.placed_by, row.lifted_by) if actor}
        return render_template(
            "legal_holds.html",
            rows=rows,
            after=after,
            found=found,
            lifting=hold_id,
            form=request.form,
            documents=[(one.slug, one.slug) for one in list_documents(uow, uow.now)],
            who={actor: author_words(uow, actor) for actor in actors},
        )
