"""The page under which whoever asked follows a request: how far it is, its dates, messages to and fro."""

from http import HTTPStatus
from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from consent_service.abuse.service import take
from consent_service.kernel.errors import ConflictError, ConsentServiceError, NotFoundError, WrongCodeError
from consent_service.kernel.uow import UNBOUND, UnitOfWork
from consent_service.operators.queries import operator_view
from consent_service.pages.case_words import words_of
from consent_service.pages.form_values import FormValues
from consent_service.policies.queries import version_named
from consent_service.policies.terms import LocalText
from consent_service.portal.blueprint import portal
from consent_service.portal.form_pages import Problems, shown
from consent_service.portal.form_questions import LONGEST_WORDS
from consent_service.portal.limits import MESSAGE
from consent_service.portal.tracking_words import duty_state_words, request_state_words, withdrawal_state_words
from consent_service.portal.visitors import VISITOR
from consent_service.services import services
from consent_service.subject_requests.identity import verify
from consent_service.subject_requests.messages import Direction, exchange, messages_of
from consent_service.subject_requests.queries import RequestView, request_view
from consent_service.subject_requests.states import UNIDENTIFIED, IdentityMethod, RequestState, RequestType
from consent_service.subject_requests.tracking import find_tracked, operator_of
from consent_service.subjects.acting import ActingBy
from consent_service.subjects.queries import is_known
from consent_service.subjects.service import open_notes
from consent_service.withdrawals.queries import WithdrawalView, withdrawal_view


@portal.get("/r/track/<token>")
def track(token: str) -> Response:
    """Show a request to whoever has its address."""
    with services().read(VISITOR) as unbound:
        uow, request_id = _find(unbound, token)
        return _page(uow, token, request_id, {}, "")


@portal.post("/r/track/<token>")
def act_on_tracked(token: str) -> Response:
    """Take a message in, or make sure who asks by a code to the address that was given."""
    values = FormValues()
    act = request.form.get("act", "")
    text = values.needed("text", most=LONGEST_WORDS) if act == "message" else ""
    code = values.needed("code", most=12) if act == "compare" else None
    found: Problems = values.wrong
    with services().write(VISITOR) as unbound:
        uow, request_id = _find(unbound, token)
        if not found and act == "message":
            found = _message(uow, request_id, text)
        elif not found and act in {"send", "compare"}:
            found = _code(uow, request_id, code)
        if found:
            return _page(uow, token, request_id, found, text)
    return redirect(url_for("portal.track", token=token), HTTPStatus.SEE_OTHER)


def _find(unbound: UnitOfWork, token: str) -> tuple[UnitOfWork, UUID]:
    operator_id = operator_of(token)
    if operator_id == UNBOUND:
        raise NotFoundError("There is no such request.")
    uow = unbound.for_operator(operator_id)
    return uow, find_tracked(uow, token)


def _message(uow: UnitOfWork, request_id: UUID, text: str) -> Problems:
    if not take(uow, MESSAGE, str(request_id)):
        return {"text": [gettext("Many messages were written within the hour. Try again later.")]}
    seen = request.form.get("seen", "")
    after = int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 6 else None  # noqa: PLR2004 - digits
    try:
        exchange(uow, request_id, Direction.FROM_PERSON, text, after=after)
    except ConflictError:
        return {"text": [gettext("Nothing more can be written here: the request is closed, or its data are erased.")]}
    return {}


def _code(uow: UnitOfWork, request_id: UUID, code: str | None) -> Problems:
    if not _can_be_confirmed(uow, request_view(uow, request_id)):
        return {"code": [gettext("No code can be sent here.")]}
    try:
        verify(uow, request_id, IdentityMethod.EMAIL_CODE, code, services().law)
    except WrongCodeError:
        uow.session.commit()  # the try counts
        return {"code": [gettext("This code is wrong or no longer good. Ask for a new one.")]}
    except ConsentServiceError:
        return {
            "code": [gettext("No more codes can be sent now. Try again later, or wait: the operator will ask you.")]
        }
    return {}


def _can_be_confirmed(uow: UnitOfWork, view: RequestView) -> bool:
    """Say whether who asks can still make sure by mail who they are: for themselves, where they gave an address.

    What is on file of somebody who is known decides nothing here: that would tell that they are known.
    """
    if view.state not in UNIDENTIFIED or view.acting["by"] != ActingBy.PERSON or not services().settings.smtp_url:
        return False
    return "email" in open_notes(uow, view.subject_id, view.id).get("asker", {})


def _page(uow: UnitOfWork, token: str, request_id: UUID, found: Problems, text: str) -> Response:
    view = request_view(uow, request_id)
    # Until it is known who asks, what the operator wrote is for the person's own mailbox alone.
    is_identified = view.identity is not None
    messages = messages_of(uow, request_id)
    page = render_template(
        "portal/track.html",
        row=view,
        operator=operator_view(uow),
        token=token,
        messages=[one for one in messages if is_identified or one.direction is Direction.FROM_PERSON],
        hidden=sum(one.direction is Direction.TO_PERSON for one in messages) if not is_identified else 0,
        seen=len(messages),
        is_open=view.state is not RequestState.CLOSED and is_known(uow, view.subject_id),
        can_confirm=_can_be_confirmed(uow, view),
        withdrawals=_withdrawals(uow, view) if is_identified else (),
        types=words_of(RequestType),
        states=request_state_words(),
        duty_states=duty_state_words(),
        withdrawal_states=withdrawal_state_words(),
        found=found,
        text=text,
    )
    return shown(page, HTTPStatus.UNPROCESSABLE_ENTITY if found else HTTPStatus.OK)


def _withdrawals(uow: UnitOfWork, view: RequestView) -> list[tuple[LocalText, WithdrawalView]]:
    """Return what was withdrawn on the request, each with the title of its document."""
    ids = [entry.facts["withdrawal"] for entry in view.clock_log if "withdrawal" in entry.facts]
    made = [withdrawal_view(uow, UUID(one)) for one in ids]
    return [(version_named(uow, one.document, one.version, uow.now).terms.title, one) for one in made]
