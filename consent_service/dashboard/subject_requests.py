"""Requests of people: the register, one request with what is to be done about it, what is held of who asks."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from flask import abort, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from consent_service.dashboard.blueprint import dashboard
from consent_service.dashboard.cases import (
    Act,
    Problems,
    ReadAct,
    Tried,
    act_of_form,
    find_person,
    needed_reference,
    next_due,
    shared_words,
)
from consent_service.dashboard.duty_rows import left
from consent_service.dashboard.duty_words import duty_name
from consent_service.dashboard.foreseen import foresee
from consent_service.dashboard.listing import show
from consent_service.dashboard.places import at_operator, reading, writing
from consent_service.dashboard.request_list import REQUESTS
from consent_service.dashboard.revealing import reveal_reason
from consent_service.dashboard.timeline import timeline
from consent_service.deadlines.periods import Period
from consent_service.kernel.uow import UnitOfWork
from consent_service.letters.states import LetterChannel
from consent_service.operators.queries import operator_view
from consent_service.operators.sessions import Place
from consent_service.outbox import queries as outbox
from consent_service.outbox.states import MessageState
from consent_service.pages.case_words import words_of
from consent_service.pages.downloads import PDF, to_keep
from consent_service.pages.form_values import FormValues
from consent_service.printing.pdf import to_pdf
from consent_service.services import services
from consent_service.subject_requests.acts import confirm_violation, reject_violation
from consent_service.subject_requests.decisions import AnswerRequest, RefuseRequest, answer_request, refuse_request
from consent_service.subject_requests.files import destroy_file, files_of, read_file
from consent_service.subject_requests.identity import IDENTITY_CODE, verify
from consent_service.subject_requests.letters import LANGUAGES as PRINTED_IN
from consent_service.subject_requests.letters import package_page
from consent_service.subject_requests.messages import Direction, RequestMessage, exchange, messages_of
from consent_service.subject_requests.package import hand_out
from consent_service.subject_requests.queries import request_view
from consent_service.subject_requests.states import (
    IdentityMethod,
    RequestChannel,
    RequestState,
    RequestType,
    Violation,
)
from consent_service.subjects.acting import ActingBy
from consent_service.subjects.service import read_words

_CODES_BY = {"sms": IdentityMethod.SMS_CODE, "email": IdentityMethod.EMAIL_CODE}


@dataclass(frozen=True, slots=True, repr=False)
class Words:
    """What was written in a case, opened: the request, who asks and for whom, the messages to and fro."""

    request: str
    asker: Mapping[str, str]
    representative: Mapping[str, str]
    messages: tuple[RequestMessage, ...]


@dashboard.get("/<slug>/requests")
@at_operator
def subject_requests(place: Place) -> str:
    """Show the register, the latest first."""
    return _register(place, {})


@dashboard.post("/<slug>/requests")
@at_operator
def find_subject_requests(place: Place) -> Response:
    """Look for the requests of one person."""
    person, found = find_person(place)
    if found:
        return make_response(_register(place, found), 422)
    return redirect(url_for("dashboard.subject_requests", slug=place.slug, person=person))


@dashboard.get("/<slug>/requests/<uuid:case_id>")
@at_operator
def subject_request(place: Place, case_id: UUID) -> str:
    """Show one request."""
    return _page(place, case_id, Tried())


@dashboard.post("/<slug>/requests/<uuid:case_id>/package.json")
@at_operator
def subject_request_package(place: Place, case_id: UUID) -> Response:
    """Give everything that is held about who asks; only once it is known who that is, and recorded."""
    with writing(place) as uow:
        held = hand_out(uow, case_id, services().targets, reveal_reason())
    content = orjson.dumps(held, option=orjson.OPT_INDENT_2, default=str)
    return to_keep(content, "application/json", f"data-{case_id}.json")


@dashboard.post("/<slug>/requests/<uuid:case_id>/package.<lang>.pdf")
@at_operator
def subject_request_package_pdf(place: Place, case_id: UUID, lang: str) -> Response:
    """Print everything that is held about who asks."""
    if lang not in PRINTED_IN:
        abort(404)
    with writing(place) as uow:
        page = package_page(operator_view(uow), hand_out(uow, case_id, services().targets, reveal_reason()), lang)
        printed = to_pdf(page, uow.now)
    return to_keep(printed, PDF, f"data-{case_id}-{lang}.pdf")


@dashboard.post("/<slug>/requests/<uuid:case_id>/files/<uuid:file_id>")
@at_operator
def subject_request_file(place: Place, case_id: UUID, file_id: UUID) -> Response:
    """Give a file that the person sent; that it was read is recorded."""
    with writing(place) as uow:
        about, content = read_file(uow, case_id, file_id, reveal_reason())
    return to_keep(content, about.media_type, about.name)


@dashboard.post("/<slug>/requests/<uuid:case_id>/words")
@at_operator
def subject_request_words(place: Place, case_id: UUID) -> Response:
    """Show what the person wrote; that it was read is recorded."""
    with writing(place) as uow:
        view = request_view(uow, case_id)
        notes = read_words(uow, view.subject_id, case_id, reveal_reason())
        words = Words(
            str(notes.get("request", "")),
            notes.get("asker", {}),
            notes.get("representative", {}),
            tuple(messages_of(uow, case_id)),
        )
    answer = make_response(_page(place, case_id, Tried(), words))
    answer.headers["Cache-Control"] = "no-store"
    return answer


@dashboard.post("/<slug>/requests/<uuid:case_id>")
@at_operator
def act_on_subject_request(place: Place, case_id: UUID) -> Response:
    """Make sure who asks, answer, refuse, or decide on a check; or show what that would change."""
    tried = act_of_form(place, _ACTS, case_id, request_view)
    if not tried.is_done:
        return make_response(_page(place, case_id, tried), 422 if tried.problems else 200)
    return redirect(url_for("dashboard.subject_request", slug=place.slug, case_id=case_id))


def _send_code(_values: FormValues, case_id: UUID) -> Act:
    method = _CODES_BY.get(request.form.get("by", ""), IdentityMethod.EMAIL_CODE)
    return lambda uow: verify(uow, case_id, method, None, services().law)


def _enter_code(values: FormValues, case_id: UUID) -> Act:
    code = values.needed("code", most=12)
    method = _CODES_BY.get(request.form.get("by", ""), IdentityMethod.EMAIL_CODE)
    return lambda uow: verify(uow, case_id, method, code, services().law)


def _by_hand(values: FormValues, case_id: UUID) -> Act:
    if not values.ticked("seen"):
        values.refuse("seen", gettext("Tick that you have seen the document yourself."))
    return lambda uow: verify(uow, case_id, IdentityMethod.BY_HAND, None, services().law)


def _answer(values: FormValues, case_id: UUID) -> Act:
    text = values.text("text", most=10_000)
    return lambda uow: answer_request(
        uow, AnswerRequest(case_id, text, _channel(values)), services().law, services().targets
    )


def _refuse(values: FormValues, case_id: UUID) -> Act:
    reference, reason = needed_reference(values), values.needed("reason", most=5000)
    return lambda uow: refuse_request(uow, RefuseRequest(case_id, reference, reason, _channel(values)))


def _confirm(_values: FormValues, case_id: UUID) -> Act:
    return lambda uow: confirm_violation(uow, case_id, services().law)


def _reject(_values: FormValues, case_id: UUID) -> Act:
    return lambda uow: reject_violation(uow, case_id, services().law)


def _destroy_file(values: FormValues, case_id: UUID) -> Act:
    try:
        file_id = UUID(values.needed("file_id"))
    except ValueError:
        values.refuse("form", gettext("This cannot be taken. Check it."))
        file_id = case_id
    return lambda uow: destroy_file(uow, case_id, file_id)


def _write(values: FormValues, case_id: UUID) -> Act:
    text, came = values.needed("words", most=10_000), values.ticked("came")
    direction = Direction.FROM_PERSON if came else Direction.TO_PERSON
    return lambda uow: exchange(uow, case_id, direction, text)


_ACTS: Mapping[str, ReadAct] = {
    "send_code": _send_code,
    "enter_code": _enter_code,
    "by_hand": _by_hand,
    "message": _write,
    "destroy_file": _destroy_file,
    "answer": _answer,
    "refuse": _refuse,
    "unidentified": _refuse,
    "confirm_violation": _confirm,
    "reject_violation": _reject,
}


def _channel(values: FormValues) -> LetterChannel | None:
    channel = values.text("channel")
    return LetterChannel(channel) if channel in set(LetterChannel) else None


def _register(place: Place, found: Problems) -> str:
    with reading(place) as uow:
        shown = show(REQUESTS, place, uow)
    return render_template(
        "subject_requests.html",
        shown=shown,
        found=found,
        types=words_of(RequestType),
        states=words_of(RequestState),
        channels=words_of(RequestChannel),
        **shared_words(),
    )


def _page(place: Place, case_id: UUID, tried: Tried, words: Words | None = None) -> str:
    with reading(place) as uow:
        shown = _shown(uow, case_id)
    view = shown["row"]
    return render_template(
        "subject_request.html",
        **shown,
        words=words,
        found=tried.problems,
        foreseen=foresee(view, tried.rehearsed) if tried.rehearsed else None,
        form=request.form,
        types=words_of(RequestType),
        states=words_of(RequestState),
        channels=words_of(RequestChannel),
        methods=words_of(IdentityMethod),
        violations=words_of(Violation),
        message_states=words_of(MessageState),
        identifiers=_identifiers(),
        printed_in=PRINTED_IN,
        **shared_words(),
    )


def _identifiers() -> Mapping[str, str]:
    return {
        "full_name": gettext("Full name"),
        "email": gettext("E-mail"),
        "phone": gettext("Phone"),
        "iin": gettext("IIN"),
    }


def _shown(uow: UnitOfWork, case_id: UUID) -> dict[str, Any]:  # Any: what the template is given
    view = request_view(uow, case_id)
    first = next_due(view.duties)
    return {
        "row": view,
        "now": uow.now,
        "first": first,
        "left": left(first, uow) if first else None,
        "happened": timeline(uow, view.clock_log, view.letters, view.erasure),
        "files": files_of(uow, case_id),
        "acting": words_of(ActingBy)[ActingBy(view.acting["by"])] if view.acting["by"] != ActingBy.PERSON else "",
        "codes": [one for one in outbox.messages_of(uow, [case_id]) if one.template == IDENTITY_CODE],
        "duty_names": {duty.id: duty_name(duty.code) for duty in view.duties},
        "periods": {duty.id: Period.parse(duty.period) for duty in view.duties},
    }
