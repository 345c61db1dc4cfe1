"""Asking for one's own page by e-mail: what is answered is the same for everybody, known or not."""

import base64
import json
from http import HTTPStatus

from flask import redirect, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from consent_service.abuse.service import take
from consent_service.drafts.service import Draft, find, keep
from consent_service.kernel.errors import InvalidInputError
from consent_service.kernel.uow import UnitOfWork
from consent_service.operators.queries import operator_view
from consent_service.pages.error_words import in_words
from consent_service.pages.form_values import FormValues
from consent_service.pages.languages import language
from consent_service.portal.blueprint import portal
from consent_service.portal.form_drafts import OWN_PAGE, form_secret
from consent_service.portal.form_pages import Problems, gone, shown
from consent_service.portal.form_questions import TRAP
from consent_service.portal.limits import CODE_TO_ADDRESS
from consent_service.portal.mail_limits import NoMail, why_no_mail
from consent_service.portal.visitors import reading, writing
from consent_service.preferences.mail import ask_for_link
from consent_service.subjects.identity import IdentifierKind, normalise

_ASK = "/r/<operator>/<draft>/own-page"


@portal.get(_ASK)
def ask_for_my_page(operator: str, draft: str) -> Response:
    """Ask for the address; once it is sent, say that a mail is on its way."""
    with reading(operator) as uow:
        found = _draft(uow, draft)
        return gone(uow) if found is None else _page(uow, found, "", {})


@portal.post(_ASK)
def send_my_page(operator: str, draft: str) -> Response:
    """Owe the mail, once, and look nobody up for it."""
    values = FormValues()
    with writing(operator) as uow:
        found = _draft(uow, draft)
        if found is None:
            return gone(uow)
        if "sent" not in found.data:
            address = _address(values)
            wrong = values.wrong or _no_mail(uow, found, address)
            if wrong:
                return _page(uow, found, values.text("email", most=300) or "", wrong)
            ask_for_link(uow, address, language())
            keep(uow, found, {"kind": OWN_PAGE, "sent": True})
    return redirect(url_for("portal.ask_for_my_page", operator=operator, draft=draft), HTTPStatus.SEE_OTHER)


def _draft(uow: UnitOfWork, draft_id: str) -> Draft | None:
    found = find(uow, draft_id, form_secret())
    return found if found is not None and found.data["kind"] == OWN_PAGE else None


def _address(values: FormValues) -> str:
    if values.text(TRAP):
        values.refuse(TRAP, gettext("Leave this field empty: it is there for machines alone."))
    typed = values.needed("email", most=300)
    if values.wrong:
        return ""
    try:
        return normalise(IdentifierKind.EMAIL, typed)
    except InvalidInputError as error:
        for text in error.fields[str(IdentifierKind.EMAIL)]:
            values.refuse("email", in_words(text) or gettext("This cannot be taken. Check it."))
        return ""


def _no_mail(uow: UnitOfWork, draft: Draft, address: str) -> Problems:
    """Say why nothing is sent, by what anybody could meet with any address."""
    why = why_no_mail(uow, draft.created_at, draft.data["work"])
    if why is NoMail.TOO_FAST:
        return {"email": [gettext("You were faster than people are. Wait a few seconds and press again.")]}
    if why is NoMail.TOO_OFTEN:
        return {"email": [gettext("Too many mails were asked for from your network. Try again later.")]}
    if not take(uow, CODE_TO_ADDRESS, address):
        return {"email": [gettext("Five mails went to this address within the hour. Try again later.")]}
    return {}


def _page(uow: UnitOfWork, draft: Draft, typed: str, found: Problems) -> Response:
    work = draft.data.get("work")
    operator = operator_view(uow)
    page = render_template(
        "portal/my_link.html",
        operator=operator,
        back=url_for("portal.begin_request", operator=operator.slug),
        is_sent="sent" in draft.data,
        typed=typed,
        trap=TRAP,
        work=base64.b64encode(json.dumps(work).encode()).decode() if work else "",
        found=found,
    )
    return shown(page, HTTPStatus.UNPROCESSABLE_ENTITY if found else HTTPStatus.OK)
