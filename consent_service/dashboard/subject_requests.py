"""Requests of people: the register, intake of what came by mail or phone, one request with what is to be done."""

from collections.abc import Mapping
from uuid import UUID

import orjson
from flask import abort, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from consent_service.dashboard.blueprint import dashboard
from consent_service.dashboard.case_words import words_of
from consent_service.dashboard.cases import (
    Act,
    Problems,
    ReadAct,
    act_of_form,
    attempt,
    instant,
    needed_reference,
    next_due,
    shared_words,
)
from consent_service.dashboard.duty_words import duty_name
from consent_service.dashboard.form_values import FormValues
from consent_service.dashboard.languages import language
from consent_service.dashboard.places import at_operator, reading
from consent_service.deadlines.periods import Period
from consent_service.kernel.uow import UnitOfWork
from consent_service.operators.staff import Place
from consent_service.policies.queries import list_documents
from consent_service.services import services
from consent_service.subject_requests.acts import confirm_violation, reject_violation
from consent_service.subject_requests.decisions import AnswerRequest, RefuseRequest, answer_request, refuse_request
from consent_service.subject_requests.identity import verify
from consent_service.subject_requests.messages import Direction, exchange, messages_of
from consent_service.subject_requests.package import package
from consent_service.subject_requests.queries import list_requests, request_view
from consent_service.subject_requests.service import ReceiveRequest, receive_request
from consent_service.subject_requests.states import (
    OPEN,
    IdentityMethod,
    RequestChannel,
    RequestState,
    RequestType,
)
from consent_service.subjects.service import parse_identifiers
from consent_service.withdrawals.states import WithdrawalChannel

PAGE = 25
_IDENTIFIERS = ("email", "phone", "iin", "full_name")
_WITH_PACKAGE = frozenset({RequestType.ACCESS, RequestType.PORTABILITY})


@dashboard.get("/<slug>/requests")
@at_operator
def subject_requests(place: Place) -> str:
    """Show the register, the latest first; ``open`` shows what is not decided yet."""
    only_open = "open" in request.args
    with reading(place) as uow:
        rows, after = list_requests(
            uow, states=list(OPEN) if only_open else (), limit=PAGE, cursor=request.args.get("after")
        )
    return render_template(
        "subject_requests.html",
        rows=rows,
        after=after,
        only_open=only_open,
        types=words_of(RequestType),
        states=words_of(RequestState),
        **shared_words(),
    )


@dashboard.get("/<slug>/requests/new")
@at_operator
def new_subject_request(place: Place) -> str:
    """Show the form for a request that came by mail, phone or visit."""
    return _form(place, {}, {})


@dashboard.post("/<slug>/requests/new")
@at_operator
def record_subject_request(place: Place) -> Response:
    """Record a request that came by mail, phone or visit."""
    values = FormValues()
    kind, channel = values.needed("type"), values.needed("channel")
    if kind not in set(RequestType):
        values.refuse("type", gettext("Choose what is asked for."))
    if channel not in set(RequestChannel):
        values.refuse("channel", gettext("Choose how it came."))
    received_at, text = instant(values, "received_at"), values.text("text", most=10_000)
    subject, document = values.text("subject", most=128), values.text("document")
    identifiers = {name: value for name in _IDENTIFIERS if (value := values.text(name, most=300))}
    made: list[UUID] = []
    found = values.wrong
    if not found:

        def receive(uow: UnitOfWork) -> None:
            command = ReceiveRequest(
                RequestType(kind),
                RequestChannel(channel),
                document,
                subject,
                parse_identifiers(identifiers),
                received_at,
                language(),
                text,
            )
            made.append(receive_request(uow, command, services().law))

        found = attempt(place, receive)
    if found:
        return make_response(_form(place, request.form, found), 422)
    return redirect(url_for("dashboard.subject_request", slug=place.slug, case_id=made[0]))


@dashboard.get("/<slug>/requests/<uuid:case_id>")
@at_operator
def subject_request(place: Place, case_id: UUID) -> str:
    """Show one request."""
    return _page(place, case_id, {})


@dashboard.get("/<slug>/requests/<uuid:case_id>/package.json")
@at_operator
def subject_request_package(place: Place, case_id: UUID) -> Response:
    """Give everything that is held about who asks; only once it is known who that is."""
    with reading(place) as uow:
        view = request_view(uow, case_id)
        if view.identity is None or view.type not in _WITH_PACKAGE:
            abort(404)
        held = package(uow, view.subject_id)
    answer = Response(orjson.dumps(held, option=orjson.OPT_INDENT_2, default=str), mimetype="application/json")
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Content-Disposition"] = f'attachment; filename="data-{case_id}.json"'
    return answer


@dashboard.post("/<slug>/requests/<uuid:case_id>")
@at_operator
def act_on_subject_request(place: Place, case_id: UUID) -> Response:
    """Make sure who asks, answer, refuse, or decide on a check."""
    found = act_of_form(place, _ACTS, case_id)
    if found:
        return make_response(_page(place, case_id, found), 422)
    return redirect(url_for("dashboard.subject_request", slug=place.slug, case_id=case_id))


def _send_code(_values: FormValues, case_id: UUID) -> Act:
    method = IdentityMethod.SMS_CODE if request.form.get("by") == "sms" else IdentityMethod.EMAIL_CODE
    return lambda uow: verify(uow, case_id, method, None, services().law)


def _by_hand(_values: FormValues, case_id: UUID) -> Act:
    return lambda uow: verify(uow, case_id, IdentityMethod.BY_HAND, None, services().law)


def _answer(values: FormValues, case_id: UUID) -> Act:
    text = values.text("text", most=10_000)
    return lambda uow: answer_request(uow, AnswerRequest(case_id, text), services().law)


def _refuse(values: FormValues, case_id: UUID) -> Act:
    reference, reason = needed_reference(values), values.needed("reason", most=5000)
    return lambda uow: refuse_request(uow, RefuseRequest(case_id, reference, reason))


def _confirm(_values: FormValues, case_id: UUID) -> Act:
    return lambda uow: confirm_violation(uow, case_id, services().law)


def _reject(_values: FormValues, case_id: UUID) -> Act:
    return lambda uow: reject_violation(uow, case_id, services().law)


def _write(values: FormValues, case_id: UUID) -> Act:
    text, came = values.needed("words", most=10_000), values.ticked("came")
    direction = Direction.FROM_PERSON if came else Direction.TO_PERSON
    return lambda uow: exchange(uow, case_id, direction, text)


_ACTS: Mapping[str, ReadAct] = {
    "send_code": _send_code,
    "by_hand": _by_hand,
    "message": _write,
    "answer": _answer,
    "refuse": _refuse,
    "confirm_violation": _confirm,
    "reject_violation": _reject,
}


def _page(place: Place, case_id: UUID, found: Problems) -> str:
    with reading(place) as uow:
        view, now, messages = request_view(uow, case_id), uow.now, messages_of(uow, case_id)
    return render_template(
        "subject_request.html",
        row=view,
        now=now,
        found=found,
        form=request.form,
        first=next_due(view.duties),
        duty_names={duty.id: duty_name(duty.code) for duty in view.duties},
        periods={duty.id: Period.parse(duty.period) for duty in view.duties},
        types=words_of(RequestType),
        states=words_of(RequestState),
        channels=words_of(WithdrawalChannel),
        messages=messages,
        has_package=view.type in _WITH_PACKAGE,
        **shared_words(),
    )


def _form(place: Place, given: Mapping[str, str], found: Problems) -> str:
    with reading(place) as uow:
        documents = [one for one in list_documents(uow, uow.now) if one.version is not None]
    return render_template(
        "subject_request_new.html",
        given=given,
        found=found,
        documents=documents,
        types=words_of(RequestType),
        channels=words_of(WithdrawalChannel),
    )
