"""The last pages of a form: everything once more with what follows and by when; sending, once; the receipt."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from consent_service.drafts.service import drop_files, keep, open_file
from consent_service.kernel.errors import ConsentServiceError
from consent_service.kernel.uow import UnitOfWork
from consent_service.pages.languages import language
from consent_service.portal.blueprint import portal
from consent_service.portal.form_drafts import Form, find_form, too_often
from consent_service.portal.form_flow import (
    ACTING,
    Step,
    chosen_document,
    chosen_purposes,
    next_step,
    seen_as,
    steps,
)
from consent_service.portal.form_pages import Problems, frame, gone, shown
from consent_service.portal.form_words import acting_words, role_words, wishes, words_asked
from consent_service.portal.limits import SEND, has_room
from consent_service.portal.mail_limits import QUICKEST
from consent_service.portal.visitors import reading, writing
from consent_service.services import services
from consent_service.subject_requests.foreseen import promises
from consent_service.subject_requests.queries import request_view
from consent_service.subject_requests.receipt_mail import send_receipt
from consent_service.subject_requests.service import ReceiveRequest, SentFile, receive_request
from consent_service.subject_requests.states import RequestChannel
from consent_service.subject_requests.tracking import make_trackable
from consent_service.subjects.acting import Acting, ActingBy, Age
from consent_service.subjects.identity import IdentifierKind
from consent_service.withdrawals.foreseen import Foreseen, foresee_withdrawal


@dataclass(frozen=True, slots=True)
class Given:
    """One answer as the review shows it."""

    question: str
    lines: Sequence[str]
    step: Step


@portal.get("/r/<operator>/<draft>/review")
def form_review(operator: str, draft: str) -> Response:
    """Show everything once more, with what follows."""
    with reading(operator) as uow:
        form = find_form(uow, operator, draft)
        if form is None:
            return gone(uow)
        is_ready = "sent" not in form.data and next_step(form.kind, form.answers, form.offer) is Step.REVIEW
        return _review(uow, form, {}) if is_ready else redirect(form.onward())


@portal.post("/r/<operator>/<draft>/review")
def send_form(operator: str, draft: str) -> Response:
    """Send the form: once, however often this is posted."""
    with writing(operator) as uow:
        form = find_form(uow, operator, draft)
        if form is None:
            return gone(uow)
        if "sent" in form.data or next_step(form.kind, form.answers, form.offer) is not Step.REVIEW:
            return redirect(form.onward(), HTTPStatus.SEE_OTHER)
        found = _not_yet(uow, form)
        if found:
            return _review(uow, form, found)
        _send(uow, form)
        return redirect(form.onward(), HTTPStatus.SEE_OTHER)


@portal.get("/r/<operator>/<draft>/done")
def form_done(operator: str, draft: str) -> Response:
    """Show the receipt: the number, the dates with their articles, the way to follow the request."""
    with reading(operator) as uow:
        form = find_form(uow, operator, draft)
        if form is None:
            return gone(uow)
        if "sent" not in form.data:
            return redirect(form.onward())
        sent = form.data["sent"]
        view = request_view(uow, UUID(sent["request"]))
        page = render_template(
            "portal/form_done.html",
            row=view,
            withdrawals=_follows(uow, form, view.received_at) if form.withdraws else (),
            link=services().settings.base_url + url_for("portal.track", token=sent["token"]),
            is_mailed=sent["mailed"],
            is_proven=sent["proven"],
            operator=form.operator,
            wish=wishes()[form.kind][0],
        )
    return shown(page)


def _not_yet(uow: UnitOfWork, form: Form) -> Problems:
    """Say why nothing is sent: the page is of before a change, or a limit is reached; never of a withdrawal."""
    if request.form.get("seen") != seen_as(form.data):
        words = gettext("This was changed in another window. Look at it once more, then send it.")
        return {"form": [words]}
    if form.withdraws:
        return {}
    if uow.now - form.draft.created_at < QUICKEST:
        return {"form": [gettext("You were faster than people are. Wait a few seconds and press again.")]}
    return {} if has_room(uow, SEND) else {"form": [too_often()]}


def _send(uow: UnitOfWork, form: Form) -> None:
    """Take the request in and leave of the form only where to follow it, all in one transaction."""
    contact = form.answers[Step.CONTACT]
    by, age = ACTING[form.answers[Step.WHO]["who"]]
    is_proven = bool(form.answers.get(Step.CODE, {}).get("proven"))
    files = [
        SentFile(one["name"], one["media_type"], open_file(uow, form.draft, UUID(one["id"])))
        for one in (form.data["files"] if Step.FILES in steps(form.kind, form.answers, form.offer) else ())
    ]
    command = ReceiveRequest(
        form.kind,
        RequestChannel.FORM,
        document=chosen_document(form.answers, form.offer),
        identifiers={IdentifierKind(kind): value for kind, value in contact.items() if value},
        language=language(),
        text=form.answers.get(Step.WORDS, {}).get("text"),
        purposes=chosen_purposes(form.answers) if form.withdraws else None,
        acting=Acting(ActingBy(by), Age(age)),
        representative=dict(form.answers[Step.REPRESENTATIVE]) if by != ActingBy.PERSON else None,
        files=files,
        has_answered_code=is_proven,
    )
    request_id = receive_request(uow, command, services().law)
    token = make_trackable(uow, request_id)
    if is_proven:
        send_receipt(uow, request_id, contact["email"], token)
    about = {"request": str(request_id), "token": token, "mailed": is_proven, "proven": is_proven}
    scope = {"document": command.document, "purposes": command.purposes}
    form.data = {"kind": form.kind, "answers": {}, "files": [], "sent": about | {"scope": scope}}
    drop_files(uow, form.draft)
    keep(uow, form.draft, form.data)


def _review(uow: UnitOfWork, form: Form, found: Problems) -> Response:
    document = chosen_document(form.answers, form.offer)
    promised, rules = ([], []) if form.withdraws else promises(uow, form.kind, document, services().law)
    page = render_template(
        "portal/form_review.html",
        given=list(_given(form)),
        files=form.data["files"] if Step.FILES in steps(form.kind, form.answers, form.offer) else (),
        files_step=Step.FILES,
        withdrawals=_follows(uow, form, uow.now) if form.withdraws else (),
        promised=promised,
        rules=rules,
        seen=seen_as(form.data),
        found=found,
        **frame(form, Step.REVIEW),
    )
    return shown(page, HTTPStatus.UNPROCESSABLE_ENTITY if found else HTTPStatus.OK)


def _follows(uow: UnitOfWork, form: Form, received_at: datetime) -> list[Foreseen]:
    """Return what a withdrawal does to each document, by its rules alone: the same whoever it is from."""
    scope: Mapping[str, Any] = form.data.get("sent", {}).get("scope") or {  # Any: JSON values
        "document": chosen_document(form.answers, form.offer),
        "purposes": chosen_purposes(form.answers),
    }
    rows = [row for slug, row in form.versions.items() if scope["document"] in {None, slug}]
    found = []
    for row in rows:
        try:
            found.append(foresee_withdrawal(uow, row, scope["purposes"], received_at, services().law))
        except ConsentServiceError:
            continue  # a date beyond the calendar: the withdrawal is taken all the same
    return found


def _given(form: Form) -> list[Given]:
    answers = form.answers
    asked = steps(form.kind, answers, form.offer)
    found = []
    if Step.DOCUMENT in asked:
        slug = answers[Step.DOCUMENT]["document"]
        every = gettext("All of them") if form.withdraws else gettext("None of these, or I do not know")
        said = form.versions[slug].terms.title[language()] if slug else every
        found.append(Given(gettext("Document"), [said], Step.DOCUMENT))
    if Step.PURPOSES in asked:
        found.append(Given(gettext("What is withdrawn"), _purposes(form), Step.PURPOSES))
    if Step.WORDS in asked:
        text = answers[Step.WORDS]["text"] or gettext("Nothing was written.")
        found.append(Given(words_asked().get(form.kind) or gettext("Your words"), [text], Step.WORDS))
    found.append(Given(gettext("Who asks"), [acting_words()[answers[Step.WHO]["who"]]], Step.WHO))
    if Step.REPRESENTATIVE in asked:
        named = answers[Step.REPRESENTATIVE]
        lines = [named["name"], role_words()[named["role"]], named["basis"]]
        found.append(Given(gettext("Representative"), lines, Step.REPRESENTATIVE))
    contact = answers[Step.CONTACT]
    lines = [value for value in (contact["full_name"], contact["email"], contact["phone"]) if value]
    found.append(Given(gettext("Name and ways to answer"), lines, Step.CONTACT))
    if Step.CODE in asked:
        said = gettext("confirmed by a code") if answers[Step.CODE]["proven"] else gettext("not confirmed by a code")
        found.append(Given(gettext("E-mail"), [said], Step.CODE))
    return found


def _purposes(form: Form) -> list[str]:
    chosen = chosen_purposes(form.answers)
    if chosen is None:
        return [gettext("All purposes")]
    document = chosen_document(form.answers, form.offer) or ""
    return [one.name[language()] for one in form.versions[document].terms.purposes if one.code in chosen]
