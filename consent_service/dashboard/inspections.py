"""The inspection pack: asking for one over a period, how far it is, and taking it away."""

from datetime import date
from uuid import UUID

from flask import abort, make_response, redirect, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from consent_service.dashboard.blueprint import dashboard
from consent_service.dashboard.cases import Problems
from consent_service.dashboard.pack_answers import MARKS, hand_out
from consent_service.dashboard.places import at_operator, reading, writing
from consent_service.dashboard.timeline import author_words
from consent_service.deadlines.rules import almaty_day
from consent_service.inspections.queries import list_packs
from consent_service.inspections.rules import Period
from consent_service.inspections.service import SHELF, order_pack, take_pack
from consent_service.kernel.errors import ConflictError, InvalidInputError, NotFoundError
from consent_service.operators.sessions import Place
from consent_service.packs.states import TO_MAKE, PackState
from consent_service.pages.form_values import FormValues


@dashboard.get("/<slug>/inspections")
@at_operator
def inspections(place: Place) -> Response:
    """Show the packs there are, and the form that asks for one."""
    return _page(place, {}, None)


@dashboard.post("/<slug>/inspections")
@at_operator
def order_inspection_pack(place: Place) -> Response:
    """Ask for a pack of a period; the worker makes it."""
    values = FormValues()
    period = Period(values.needed_day("since"), values.needed_day("until"))
    found: Problems = values.wrong
    if not found:
        try:
            with writing(place) as uow:
                order_pack(uow, period)
            return redirect(url_for("dashboard.inspections", slug=place.slug))
        except InvalidInputError as error:
            found = {name: [_wrong(name)] for name in error.fields}
        except ConflictError:
            found = {"form": [gettext("Several packs are being made already. Wait until one is ready.")]}
    return _page(place, found, period)


@dashboard.post("/<slug>/inspections/<uuid:pack_id>.zip")
@at_operator
def take_inspection_pack(place: Place, pack_id: UUID) -> Response:
    """Hand a pack out; that it was taken is recorded first."""
    try:
        with writing(place) as uow:
            size = take_pack(uow, pack_id)
            name = f"inspection-{place.slug}-{almaty_day(uow.now).isoformat()}.zip"
    except NotFoundError:
        abort(404)
    return hand_out(place, SHELF, pack_id, name, size)


def _page(place: Place, found: Problems, given: Period | None) -> Response:
    with reading(place) as uow:
        packs = list_packs(uow)
        authors = {one.asked_by: author_words(uow, one.asked_by) for one in packs}
        today = almaty_day(uow.now)
    page = render_template(
        "inspections.html",
        packs=packs,
        authors=authors,
        goes_on=any(one.state in TO_MAKE for one in packs),
        given=given or Period(date(today.year, 1, 1), today),
        found=found,
        states=_states(),
        marks=MARKS,
        PackState=PackState,
    )
    answer = make_response(page, 422 if found else 200)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _wrong(field: str) -> str:
    words = {
        "since": gettext("Choose a first day that has come, and five years at most."),
        "until": gettext("The last day lies before the first."),
    }
    return str(words.get(field) or gettext("This cannot be taken. Check it."))


def _states() -> dict[PackState, str]:
    return {
        PackState.WAITING: gettext("waits for the worker"),
        PackState.MAKING: gettext("is being made"),
        PackState.READY: gettext("ready"),
        PackState.FAILED: gettext("could not be made"),
    }
