"""The question whose answer is a code sent by mail; it can always be left out, and a withdrawal is not slowed down."""

import base64
import json
from http import HTTPStatus

from flask import redirect, render_template, request
from flask_babel import gettext
from werkzeug.wrappers import Response

from consent_service.abuse.service import take
from consent_service.abuse.work import new_challenge
from consent_service.kernel.uow import UnitOfWork
from consent_service.pages.form_values import FormValues
from consent_service.pages.languages import language
from consent_service.portal.blueprint import portal
from consent_service.portal.form_drafts import Form, find_form, work_secret
from consent_service.portal.form_flow import Step, steps
from consent_service.portal.form_pages import Problems, frame, gone, shown
from consent_service.portal.limits import CODE_TO_ADDRESS
from consent_service.portal.mail_limits import NoMail, why_no_mail
from consent_service.portal.visitors import reading, writing
from consent_service.subject_requests.form_codes import SentCode, send_code, try_code


@portal.get("/r/<operator>/<draft>/code")
def form_code(operator: str, draft: str) -> Response:
    """Offer a code, or ask for the one that was sent."""
    with reading(operator) as uow:
        form = find_form(uow, operator, draft)
        if form is None:
            return gone(uow)
        return redirect(form.onward()) if _is_over(form) else _page(form, {})


@portal.post("/r/<operator>/<draft>/code")
def answer_code(operator: str, draft: str) -> Response:
    """Send a code, compare one, or go on without."""
    values = FormValues()
    act = request.form.get("act", "")
    with writing(operator) as uow:
        form = find_form(uow, operator, draft)
        if form is None:
            return gone(uow)
        if _is_over(form):
            return redirect(form.onward(), HTTPStatus.SEE_OTHER)
        found: Problems = {}
        if act == "send":
            found = _send(uow, form)
        elif act == "compare":
            found = _compare(uow, form, values.needed("code", most=12))
        elif act == "without":
            form.answer(uow, Step.CODE, {"proven": False})
        if found:
            return _page(form, found)
        return redirect(form.onward() if act != "send" else form.address(Step.CODE), HTTPStatus.SEE_OTHER)


def _is_over(form: Form) -> bool:
    return "sent" in form.data or Step.CODE not in steps(form.kind, form.answers, form.offer)


def _send(uow: UnitOfWork, form: Form) -> Problems:
    email = form.answers[Step.CONTACT]["email"]
    found = {} if form.withdraws else _slow_down(uow, form)
    if not found and not take(uow, CODE_TO_ADDRESS, email):
        found = {"code": [gettext("Five codes went to this address within the hour. Go on without a code.")]}
    if not found:
        form.data["code"] = send_code(uow, email, language(), form.draft.lookup.hex()).as_data()
        form.data["work"] = new_challenge(work_secret())
        form.keep(uow)
    return found


def _slow_down(uow: UnitOfWork, form: Form) -> Problems:
    """Say why no code is sent now."""
    why = why_no_mail(uow, form.draft.created_at, form.data.get("work"))
    words = {
        NoMail.TOO_FAST: gettext("You were faster than people are. Wait a few seconds and press again."),
        NoMail.TOO_OFTEN: gettext("Too many codes were asked for from your network. Go on without a code."),
    }
    return {"code": [words[why]]} if why else {}


def _compare(uow: UnitOfWork, form: Form, given: str) -> Problems:
    sent = SentCode.from_data(form.data.get("code"))
    if sent is None or sent.address != form.answers[Step.CONTACT]["email"]:
        return {"code": [gettext("No code was sent to this address yet.")]}
    tried = try_code(uow, sent, form.draft.lookup.hex(), given)
    form.data["code"] = tried.as_data()
    if tried.is_proven:
        form.answer(uow, Step.CODE, {"proven": True})
        return {}
    form.keep(uow)
    return {"code": [gettext("This code is wrong or no longer good. Ask for a new one.")]}


def _page(form: Form, found: Problems) -> Response:
    sent = SentCode.from_data(form.data.get("code"))
    email = form.answers[Step.CONTACT]["email"]
    work = None if form.withdraws else form.data.get("work")
    page = render_template(
        "portal/form_code.html",
        email=email,
        is_sent=sent is not None and sent.address == email,
        work=base64.b64encode(json.dumps(work).encode()).decode() if work else "",
        found=found,
        **frame(form, Step.CODE),
    )
    return shown(page, HTTPStatus.UNPROCESSABLE_ENTITY if found else HTTPStatus.OK)
