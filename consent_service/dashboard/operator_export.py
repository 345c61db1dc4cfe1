"""The full export of the operator: an owner asks for it with a reason, sees how far it is, and takes it away."""

from uuid import UUID

from flask import abort, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from consent_service.dashboard.blueprint import dashboard
from consent_service.dashboard.cases import Problems
from consent_service.dashboard.pack_answers import MARKS, hand_out
from consent_service.dashboard.places import at_operator, reading, writing
from consent_service.dashboard.timeline import author_words
from consent_service.deadlines.rules import almaty_day
from consent_service.exports.queries import list_exports
from consent_service.exports.service import SHELF, order_export, take_export
from consent_service.exports.states import ExportReason
from consent_service.kernel.errors import ConflictError, NotFoundError
from consent_service.operators.sessions import Place
from consent_service.packs.states import TO_MAKE, PackState


@dashboard.get("/<slug>/operator/export")
@at_operator
def operator_export(place: Place) -> Response:
    """Show the exports there are, and the form that asks for one."""
    return _page(place, {})


@dashboard.post("/<slug>/operator/export")
@at_operator
def order_operator_export(place: Place) -> Response:
    """Ask for an export; the worker makes it."""
    because = request.form.get("because", "")
    if because not in _reasons():
        return _page(place, {"because": [gettext("Say why everything is taken away.")]})
    try:
        with writing(place) as uow:
            order_export(uow, ExportReason(because))
    except ConflictError:
        return _page(place, {"form": [gettext("One export is being made already. Wait until it is ready.")]})
    return redirect(url_for("dashboard.operator_export", slug=place.slug))


@dashboard.post("/<slug>/operator/export/<uuid:export_id>.zip")
@at_operator
def take_operator_export(place: Place, export_id: UUID) -> Response:
    """Hand an export out; that it was taken is recorded first."""
    try:
        with writing(place) as uow:
            size = take_export(uow, export_id)
            name = f"export-{place.slug}-{almaty_day(uow.now).isoformat()}.zip"
    except NotFoundError:
        abort(404)
    return hand_out(place, SHELF, export_id, name, size)


def _page(place: Place, found: Problems) -> Response:
    with reading(place) as uow:
        exports = list_exports(uow)
        authors = {one.asked_by: author_words(uow, one.asked_by) for one in exports}
    page = render_template(
        "operator_export.html",
        exports=exports,
        authors=authors,
        goes_on=any(one.state in TO_MAKE for one in exports),
        reasons=_reasons(),
        found=found,
        states=_states(),
        marks=MARKS,
        PackState=PackState,
    )
    answer = make_response(page, 422 if found else 200)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _states() -> dict[PackState, str]:
    return {
        PackState.WAITING: gettext("waits for the worker"),
        PackState.MAKING: gettext("is being made"),
        PackState.READY: gettext("can be taken"),
        PackState.FAILED: gettext("it could not be made"),
    }


def _reasons() -> dict[str, str]:
    return {
        ExportReason.CONTRACT_END: gettext("the contract for this service ends"),
        ExportReason.OTHER_SERVICE: gettext("the data go on in another service"),
        ExportReason.OWN_ARCHIVE: gettext("for our own archive"),
        ExportReason.AUTHORITY: gettext("the authorised body or a court asks"),
    }
