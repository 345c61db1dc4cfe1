"""The page of whoever was asked to erase by hand: whom it is about, once asked for; the confirmation with counts.

The link is the key, so nothing on the way may keep the page.  Nothing is shown or changed by opening the link itself:
programs that look into mail do that too.
"""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

from flask import make_response, render_template, request
from flask_babel import gettext
from werkzeug.wrappers import Response

from consent_service.connectors.answering import (
    MOST_WORDS,
    TaskView,
    confirm_task,
    report_lacking,
    reveal_task,
    task_view,
)
from consent_service.connectors.counting import MOST
from consent_service.connectors.description import MailTaskDescription
from consent_service.connectors.states import TaskState
from consent_service.connectors.task_links import KnownLink, find_link
from consent_service.kernel.errors import ConflictError, NotFoundError
from consent_service.kernel.uow import Actor, UnitOfWork
from consent_service.operators.queries import operator_view
from consent_service.portal.blueprint import portal
from consent_service.services import services

ASKED = Actor("system", "mail-task")


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page shows beside the task: whom it is about, what was filled in, what is wrong with it."""

    ref: str | None = None
    fault: str | None = None


Step = Callable[[UnitOfWork, KnownLink], Shown]


@portal.get("/task/<token>")
def mail_task(token: str) -> Response:
    """Say what is asked, and nothing of whom."""
    return _answer(token, lambda _uow, _link: Shown())


@portal.post("/task/<token>")
def mail_task_step(token: str) -> Response:
    """Show whom it is about; take the confirmation; take what is lacking."""
    match request.form.get("step"):
        case "confirm":
            return _answer(token, _confirm)
        case "lacking":
            return _answer(token, _lacking)
        case _:
            return _answer(token, lambda uow, link: Shown(ref=reveal_task(uow, link)))


def _confirm(uow: UnitOfWork, link: KnownLink) -> Shown:
    description = task_view(uow, link).description
    counts = {category.code: _count(category.code) for category in description.categories}
    taken = {code: count for code, count in counts.items() if count is not None}
    if len(taken) < len(counts):
        fault = gettext("Write a whole number from 0 to %(most)s for each category.", most=MOST)
        return Shown(ref=reveal_task(uow, link), fault=fault)
    confirm_task(uow, link, taken)
    return Shown()


def _lacking(uow: UnitOfWork, link: KnownLink) -> Shown:
    words = request.form.get("words", "").strip()
    if not words:
        return Shown(ref=reveal_task(uow, link), fault=gettext("Write what is lacking."))
    report_lacking(uow, link, words)
    return Shown()


def _count(code: str) -> int | None:
    text = request.form.get(f"count-{code}", "").strip()
    if not text.isascii() or not text.isdigit() or int(text) > MOST:
        return None
    return int(text)


def _answer(token: str, step: Step) -> Response:
    app = services()
    try:
        with app.write(ASKED) as unbound:
            link = find_link(unbound, token)
            uow = unbound.for_operator(link.operator_id)
            shown, status = _taken(uow, link, step)
            page = _page(uow, token, task_view(uow, link), shown)
    except NotFoundError:
        return _private(render_template("portal/no_task.html"), HTTPStatus.NOT_FOUND)
    return _private(page, status)


def _taken(uow: UnitOfWork, link: KnownLink, step: Step) -> tuple[Shown, HTTPStatus]:
    try:
        shown = step(uow, link)
    except ConflictError:
        return Shown(), HTTPStatus.CONFLICT  # it was confirmed before, as the page says then
    return shown, HTTPStatus.UNPROCESSABLE_ENTITY if shown.fault else HTTPStatus.OK


def _page(uow: UnitOfWork, token: str, task: TaskView, shown: Shown) -> str:
    description: MailTaskDescription = task.description
    return render_template(
        "portal/task.html",
        token=token,
        operator=operator_view(uow).name,
        what=description.what,
        categories=description.categories,
        is_confirmed=task.state is TaskState.CONFIRMED,
        is_lacking=task.state is TaskState.LACKING,
        settled_at=task.settled_at,
        asked_at=task.created_at,
        ref=shown.ref,
        fault=shown.fault,
        most=MOST,
        most_words=MOST_WORDS,
        written=request.form,
    )


def _private(page: str, status: HTTPStatus) -> Response:
    answer = make_response(page, status)
    answer.headers["Cache-Control"] = "private, no-store"
    return answer
