"""Forms for requests and withdrawals: where one begins, and its questions, one a page."""

from http import HTTPStatus
from typing import Any

from flask import abort, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from consent_service.kernel.uow import UnitOfWork
from consent_service.operators.queries import operator_view
from consent_service.pages.form_values import FormValues
from consent_service.portal.blueprint import portal
from consent_service.portal.form_drafts import (
    OWN_PAGE,
    Form,
    begin_form,
    browser_secret,
    find_form,
    keep_secret,
    too_often,
)
from consent_service.portal.form_flow import NEEDS_WORDS, Step, step_before, steps
from consent_service.portal.form_questions import READ, TRAP
from consent_service.portal.form_words import acting_words, own_page_wish, role_words, wishes, words_asked
from consent_service.portal.limits import START, has_room
from consent_service.portal.visitors import reading, writing
from consent_service.services import services
from consent_service.subject_requests.states import RequestType

Problems = dict[str, list[str]]


@portal.get("/r/<operator>")
def begin_request(operator: str) -> Response:
    """Ask what somebody wants."""
    with reading(operator) as uow:
        return _start(uow, {})


@portal.post("/r/<operator>")
def begin_form_of(operator: str) -> Response:
    """Begin the form for what was chosen."""
    values = FormValues()
    wanted = values.text("kind")
    secret = browser_secret()
    with writing(operator) as uow:
        if wanted is None or wanted not in _on_offer():
            return _start(uow, {"kind": [gettext("Choose one.")]}, HTTPStatus.UNPROCESSABLE_ENTITY)
        if wanted != RequestType.WITHDRAWAL and not has_room(uow, START):
            return _start(uow, {"kind": [too_often()]}, HTTPStatus.TOO_MANY_REQUESTS)
        draft_id = begin_form(uow, wanted, secret)
    first = "portal.ask_for_my_page" if wanted == OWN_PAGE else "portal.form_onward"
    going_on = url_for(first, operator=operator, draft=draft_id)
    return keep_secret(redirect(going_on, HTTPStatus.SEE_OTHER), secret)


@portal.get("/r/<operator>/<draft>/onward")
def form_onward(operator: str, draft: str) -> Response:
    """Go to the first question that has no answer."""
    with reading(operator) as uow:
        form = find_form(uow, operator, draft)
        return redirect(form.onward()) if form else gone(uow)


@portal.get("/r/<operator>/<draft>/<step>")
def form_step(operator: str, draft: str, step: str) -> Response:
    """Show a question with the answer that was given before."""
    with reading(operator) as uow:
        form = find_form(uow, operator, draft)
        if form is None:
            return gone(uow)
        wanted = _step(form, step)
        if "sent" in form.data or wanted is None:
            return redirect(form.onward())
        return _question(form, wanted, dict(form.answers.get(wanted, {})), {})


@portal.post("/r/<operator>/<draft>/<step>")
def answer_step(operator: str, draft: str, step: str) -> Response:
    """Keep the answer to a question and go on to the next, or to the review when all are answered."""
    values = FormValues()
    with writing(operator) as uow:
        form = find_form(uow, operator, draft)
        if form is None:
            return gone(uow)
        wanted = _step(form, step)
        if "sent" in form.data or wanted is None:
            return redirect(form.onward(), HTTPStatus.SEE_OTHER)
        answer = READ[wanted](values, form)
        if values.wrong:
            given = {**request.form.to_dict(), "purposes": request.form.getlist("purposes")}
            return _question(form, wanted, given, values.wrong)
        form.answer(uow, wanted, answer)
        return redirect(form.onward(), HTTPStatus.SEE_OTHER)


def shown(page: str, status: HTTPStatus = HTTPStatus.OK) -> Response:
    """Answer with a page of a form, which nothing may keep."""
    answer = make_response(page, status)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def gone(uow: UnitOfWork) -> Response:
    """Say that a form is over, or of another browser; words that were just typed are given back."""
    page = render_template(
        "portal/form_gone.html", operator=operator_view(uow), typed=request.form.get("text", "")[:20_000]
    )
    return shown(page, HTTPStatus.NOT_FOUND)


def frame(form: Form, step: Step) -> dict[str, Any]:  # Any: what templates are given
    """Return what every page of a form needs."""
    before = step_before(form.kind, form.answers, form.offer, step)
    start = url_for("portal.begin_request", operator=form.slug)
    return {
        "form": form,
        "operator": form.operator,
        "wish": wishes()[form.kind][0],
        "back": form.address(before) if before else start,
    }


def _step(form: Form, step: str) -> Step | None:
    """Return the question of an address, None where the form does not ask it."""
    if step not in set(Step):
        abort(HTTPStatus.NOT_FOUND)
    return Step(step) if step in steps(form.kind, form.answers, form.offer) and step in READ else None


def _start(uow: UnitOfWork, found: Problems, status: HTTPStatus = HTTPStatus.OK) -> Response:
    operator = operator_view(uow)
    options = [(str(kind), *words) for kind, words in wishes().items()]
    if OWN_PAGE in _on_offer():
        options.insert(1, (OWN_PAGE, *own_page_wish()))
    return shown(render_template("portal/form_start.html", operator=operator, options=options, found=found), status)


def _on_offer() -> set[str]:
    """Return what can be begun: one's own page where mail can bring its address."""
    return {*RequestType, *([OWN_PAGE] if services().settings.smtp_url else [])}


def _question(form: Form, step: Step, given: dict[str, Any], found: Problems) -> Response:  # Any: JSON values
    page = render_template(
        f"portal/form_{step}.html",
        given=given,
        found=found,
        acting=acting_words(),
        roles=role_words(),
        asked=words_asked().get(form.kind),
        needs_words=form.kind in NEEDS_WORDS,
        trap=TRAP,
        **frame(form, step),
    )
    return shown(page, HTTPStatus.UNPROCESSABLE_ENTITY if found else HTTPStatus.OK)
