"""A request as whoever asked sees it: how far it is, its dates, messages to and fro; and what they do about it."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import request
from flask_babel import gettext

from consent_service.abuse.service import take
from consent_service.kernel.errors import ConflictError, ConsentServiceError, WrongCodeError
from consent_service.kernel.uow import UnitOfWork
from consent_service.pages.case_words import words_of
from consent_service.pages.form_values import FormValues
from consent_service.policies.queries import version_named
from consent_service.policies.terms import LocalText
from consent_service.portal.form_pages import Problems
from consent_service.portal.form_questions import LONGEST_WORDS
from consent_service.portal.limits import MESSAGE
from consent_service.portal.tracking_words import duty_state_words, request_state_words, withdrawal_state_words
from consent_service.services import services
from consent_service.subject_requests.identity import verify
from consent_service.subject_requests.messages import Direction, exchange, messages_of
from consent_service.subject_requests.queries import RequestView, request_view
from consent_service.subject_requests.states import UNIDENTIFIED, IdentityMethod, RequestState, RequestType
from consent_service.subjects.acting import ActingBy
from consent_service.subjects.queries import is_known
from consent_service.subjects.service import open_notes
from consent_service.withdrawals.queries import WithdrawalView, withdrawal_view


@dataclass(frozen=True, slots=True, repr=False)
class Act:
    """What was sent from the page: a message, a wish for a code, or a code."""

    kind: str
    text: str
    code: str | None
    wrong: Problems


def read_act() -> Act:
    """Read what was sent."""
    values = FormValues()
    kind = request.form.get("act", "")
    text = values.needed("text", most=LONGEST_WORDS) if kind == "message" else ""
    code = values.needed("code", most=12) if kind == "compare" else None
    return Act(kind, text, code, values.wrong)


def act_on(uow: UnitOfWork, request_id: UUID, act: Act) -> Problems:
    """Do what was sent; returns, by field, why it could not be done."""
    if act.wrong:
        return act.wrong
    if act.kind == "message":
        return _message(uow, request_id, act.text)
    return _code(uow, request_id, act.code) if act.kind in {"send", "compare"} else {}


def course_of(uow: UnitOfWork, request_id: UUID, *, by_author: bool) -> dict[str, Any]:  # Any: what templates are given
    """Return what the page shows; ``by_author``: whoever looks has the address that was given to who wrote it."""
    view = request_view(uow, request_id)
    # Until it is known who asks, what the operator wrote is for the person's own mailbox alone.
    is_identified = view.identity is not None
    messages = messages_of(uow, request_id)
    return {
        "row": view,
        "messages": [
            one for one in messages if is_identified or (by_author and one.direction is Direction.FROM_PERSON)
        ],
        "hidden": sum(one.direction is Direction.TO_PERSON for one in messages) if not is_identified else 0,
        "seen": len(messages),
        "is_open": (is_identified or by_author)
        and view.state is not RequestState.CLOSED
        and is_known(uow, view.subject_id),
        "can_confirm": _can_be_confirmed(uow, view),
        "withdrawals": _withdrawals(uow, view) if is_identified else (),
        "types": words_of(RequestType),
        "states": request_state_words(),
        "duty_states": duty_state_words(),
        "withdrawal_states": withdrawal_state_words(),
        "text": "",
    }


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


def _withdrawals(uow: UnitOfWork, view: RequestView) -> list[tuple[LocalText, WithdrawalView]]:
    """Return what was withdrawn on the request, each with the title of its document."""
    ids = [entry.facts["withdrawal"] for entry in view.clock_log if "withdrawal" in entry.facts]
    made = [withdrawal_view(uow, UUID(one)) for one in ids]
    return [(version_named(uow, one.document, one.version, uow.now).terms.title, one) for one in made]
