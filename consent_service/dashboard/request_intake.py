"""Recording a request that came by mail, by phone or on a visit."""

from uuid import UUID

from flask import make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from consent_service.dashboard.blueprint import dashboard
from consent_service.dashboard.cases import Problems, Tried, attempt, instant, one_of, rehearse
from consent_service.dashboard.foreseen import CaseView, planned
from consent_service.dashboard.places import at_operator, reading
from consent_service.kernel.uow import UnitOfWork
from consent_service.operators.sessions import Place
from consent_service.pages.case_words import words_of
from consent_service.pages.form_values import FormValues
from consent_service.pages.languages import LANGUAGES
from consent_service.policies.queries import list_documents
from consent_service.services import services
from consent_service.subject_requests.queries import request_view
from consent_service.subject_requests.service import ReceiveRequest, receive_request
from consent_service.subject_requests.states import RequestChannel, RequestType
from consent_service.subjects.service import parse_identifiers

_IDENTIFIERS = ("email", "phone", "iin", "full_name")


@dashboard.get("/<slug>/requests/new")
@at_operator
def new_subject_request(place: Place) -> str:
    """Show the form for a request that came by mail, phone or visit."""
    return _form(place, Tried())


@dashboard.post("/<slug>/requests/new")
@at_operator
def record_subject_request(place: Place) -> Response:
    """Record a request that came by mail, phone or visit; or show what it would owe."""
    values = FormValues()
    kind = one_of(values, "type", RequestType, gettext("Choose what is asked for."))
    channel = one_of(values, "channel", RequestChannel, gettext("Choose how it came."))
    received_at, text = instant(values, "received_at"), values.text("text", most=10_000)
    subject, document = values.text("subject", most=128), values.text("document")
    language = values.text("language")
    identifiers = {name: value for name in _IDENTIFIERS if (value := values.text(name, most=300))}
    if values.wrong:
        return make_response(_form(place, Tried(values.wrong)), 422)
    made: list[UUID] = []

    def receive(uow: UnitOfWork) -> CaseView:
        command = ReceiveRequest(
            kind,
            channel,
            document,
            subject,
            parse_identifiers(identifiers),
            received_at,
            language if language in LANGUAGES else "kk",
            text,
        )
        made.append(receive_request(uow, command, services().law))
        return request_view(uow, made[0])

    if "look" in request.form:
        tried = rehearse(place, receive)
        return make_response(_form(place, tried), 422 if tried.problems else 200)
    found: Problems = attempt(place, receive)
    if found:
        return make_response(_form(place, Tried(found)), 422)
    return redirect(url_for("dashboard.subject_request", slug=place.slug, case_id=made[0]))


def _form(place: Place, tried: Tried) -> str:
    with reading(place) as uow:
        documents = [one for one in list_documents(uow, uow.now) if one.version is not None]
    return render_template(
        "subject_request_new.html",
        given=request.form,
        found=tried.problems,
        foreseen=planned(tried.rehearsed) if tried.rehearsed else None,
        documents=documents,
        types=words_of(RequestType),
        channels=words_of(RequestChannel),
    )
