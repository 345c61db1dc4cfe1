"""Transfers to recipients, and the notices that recipients are sent: recording what was done."""

from uuid import UUID

from flask import abort, make_response, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from consent_service.dashboard.blueprint import dashboard
from consent_service.dashboard.cases import checked_reference
from consent_service.dashboard.places import at_operator, reading, writing
from consent_service.dashboard.recipients import recipient_page
from consent_service.dashboard.revealing import reveal_reason
from consent_service.kernel.errors import ConflictError, InvalidInputError, NotFoundError
from consent_service.letters.references import MOST
from consent_service.operators.sessions import Place
from consent_service.pages.downloads import PDF, to_read
from consent_service.pages.form_values import FormValues
from consent_service.pages.languages import LANGUAGES
from consent_service.printing.pdf import to_pdf
from consent_service.recipients.notices import acknowledge, record_sent
from consent_service.recipients.queries import notice_view, transfer_view
from consent_service.recipients.transfers import RecordTransfer, record_told, record_transfer
from consent_service.recipients.words import notice_pages
from consent_service.services import services
from consent_service.subjects.service import record_reveal

MOST_PEOPLE = 500


@dashboard.post("/<slug>/recipients/<uuid:recipient_id>/transfers")
@at_operator
def record_this_transfer(place: Place, recipient_id: UUID) -> Response:
    """Record a transfer that took place."""
    values = FormValues()
    command = RecordTransfer(
        recipient_id=recipient_id,
        transferred_on=values.needed_day("transferred_on"),
        data=values.several("moved_data"),
        purpose=values.needed("purpose"),
        subjects=values.lines("subjects"),
        group_size=values.number("group_size"),
        notice_agreed=values.ticked("notice_agreed"),
    )
    if not command.data:
        values.refuse("moved_data", gettext("Choose what was transferred."))
    if len(command.subjects) > MOST_PEOPLE:
        values.refuse("subjects", gettext("Name at most 500 people, or write how many there are in the group."))
    if not values.wrong:
        try:
            with writing(place) as uow:
                record_transfer(uow, command, services().law)
            return _back(place, recipient_id)
        except InvalidInputError as error:
            for name in error.fields:
                values.refuse(name.partition(".")[0], _said(name))
        except NotFoundError:
            values.refuse("subjects", gettext("Nobody is known under one of these references."))
        except ConflictError:
            values.refuse(
                "purpose",
                gettext("The document allows a transfer only under a contract that was in force: enter it first."),
            )
    page = recipient_page(place, recipient_id, moved=request.form, refused=values.wrong)
    return make_response(page, 422)


@dashboard.post("/<slug>/transfers/<uuid:transfer_id>/told")
@at_operator
def tell_of_transfer(place: Place, transfer_id: UUID) -> Response:
    """Record that the people of a transfer were told."""
    how = FormValues().text("how") or gettext("recorded by hand")
    with writing(place) as uow:
        recipient_id = transfer_view(uow, transfer_id).recipient_id
        record_told(uow, transfer_id, how[:200])
    return _back(place, recipient_id)


@dashboard.post("/<slug>/recipient-notices/<uuid:notice_id>")
@at_operator
def settle_notice(place: Place, notice_id: UUID) -> Response:
    """Record that a notice went out, or that it was answered."""
    values = FormValues()
    given = checked_reference(values, "words", values.text("words", most=MOST) or "")
    words = given or gettext("recorded by hand")
    with reading(place) as uow:
        recipient_id = notice_view(uow, notice_id).recipient_id
    if "words" in values.wrong:
        problem = {f"on-{notice_id}": values.wrong["words"]}
        return make_response(recipient_page(place, recipient_id, problem=problem), 422)
    try:
        with writing(place) as uow:
            if request.form.get("act") == "answer":
                acknowledge(uow, notice_id, on=values.needed_day("on"), words=words)
            else:
                record_sent(uow, notice_id, {"receipt": words})
    except InvalidInputError:
        problem = {f"on-{notice_id}": [gettext("A notice cannot be answered before it was sent: check the day.")]}
        return make_response(recipient_page(place, recipient_id, problem=problem), 422)
    return _back(place, recipient_id)


@dashboard.post("/<slug>/recipient-notices/<uuid:notice_id>.<lang>.pdf")
@at_operator
def notice_pdf(place: Place, notice_id: UUID, lang: str) -> Response:
    """Print a notice that has not gone out yet; it names the person, so that somebody read it is recorded."""
    if lang not in LANGUAGES:
        abort(404)
    because = reveal_reason()
    with writing(place) as uow:
        view, pages = notice_view(uow, notice_id), notice_pages(uow, notice_id)
        if lang not in pages:
            raise NotFoundError("The notice was not written in this language.")
        record_reveal(uow, view.subject_id, notice_id, ["letter"], because)
    return to_read(to_pdf(pages[lang], view.created_at), PDF, f"notice-{lang}.pdf")


def _back(place: Place, recipient_id: UUID) -> Response:
    return redirect(url_for("dashboard.recipient", slug=place.slug, recipient_id=recipient_id))


def _said(name: str) -> str:
    words = {
        "transferred_on": gettext("On that day the register does not have this recipient, or the day has not come."),
        "purpose": gettext("The register does not have this purpose for the recipient: change the entry first."),
        "data": gettext("The register does not have these data for the recipient: change the entry first."),
        "subject.ref": gettext("Write the operator's own references of the people, one a line."),
    }
    return str(words.get(name, gettext("Name the people by reference, or write how many there are in the group.")))
