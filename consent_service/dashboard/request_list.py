"""The list of requests."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from flask_babel import gettext, lazy_gettext

from consent_service.dashboard.duty_rows import Left, left
from consent_service.dashboard.listing import MINE, NOBODY, Asked, Filter, Listing, enter, staff_words
from consent_service.duties.ordering import CaseOrder
from consent_service.duties.queries import first_unmet
from consent_service.kernel.uow import UnitOfWork
from consent_service.pages.case_words import words_of
from consent_service.pages.languages import day
from consent_service.subject_requests.assigning import assign_requests
from consent_service.subject_requests.queries import RequestLine, list_requests
from consent_service.subject_requests.states import OPEN, UNIDENTIFIED, RequestChannel, RequestState, RequestType
from consent_service.subjects.queries import masked

_GROUPS = {"open": OPEN, "unidentified": UNIDENTIFIED}
# The orders of lists of cases.
CASE_ORDERS = {
    CaseOrder.LATEST.value: lazy_gettext("latest received first"),
    CaseOrder.EARLIEST.value: lazy_gettext("earliest received first"),
    CaseOrder.DUE.value: lazy_gettext("due first"),
}


@dataclass(frozen=True, slots=True)
class RequestRow:
    """A request, what is left of its first duty, and whose work it is."""

    line: RequestLine
    left: Left | None
    assignee: str


def whose(uow: UnitOfWork) -> Mapping[str, str]:
    """Return whose work may be asked for."""
    return {MINE: gettext("mine"), NOBODY: gettext("nobody’s"), **staff_words(uow)}


WHOSE = Filter("assignee", lazy_gettext("Whose work"), lazy_gettext("everybody’s"), whose)


def _read(uow: UnitOfWork, asked: Asked, limit: int, cursor: str | None) -> tuple[Sequence[RequestRow], str | None]:
    state, kind = asked.get("state"), asked.get("type")
    lines, after = list_requests(
        uow,
        states=_GROUPS.get(state) or ([RequestState(state)] if state else ()),
        types=[RequestType(kind)] if kind else (),
        subject_id=asked.person,
        assignees=asked.staff(),
        order=CaseOrder(asked.order),
        limit=limit,
        cursor=cursor,
    )
    first, names = first_unmet(uow, [line.id for line in lines]), staff_words(uow)
    rows = [
        RequestRow(line, left(first[line.id], uow) if line.id in first else None, names.get(str(line.assignee_id), ""))
        for line in lines
    ]
    return rows, after


def _states(_uow: UnitOfWork) -> Mapping[str, str]:
    own = {"open": gettext("Not decided yet"), "unidentified": gettext("who asks is not known")}
    return own | {str(state): words for state, words in words_of(RequestState).items()}


def _types(_uow: UnitOfWork) -> Mapping[str, str]:
    return {str(kind): words for kind, words in words_of(RequestType).items()}


def _columns() -> Mapping[str, Callable[[RequestRow], str]]:
    types, states, channels = words_of(RequestType), words_of(RequestState), words_of(RequestChannel)
    return {
        "№": lambda row: str(row.line.id),
        gettext("Received"): lambda row: day(row.line.received_on),
        gettext("Channel"): lambda row: channels[row.line.channel],
        gettext("Request"): lambda row: types[row.line.type],
        gettext("Person"): lambda row: masked(row.line.subject_id),
        gettext("State"): lambda row: states[row.line.state],
        gettext("Left of the first duty"): lambda row: row.left.words if row.left else "",
        gettext("Whose work"): lambda row: row.assignee,
    }


REQUESTS: Listing[RequestRow] = enter(
    Listing(
        name="requests",
        endpoint="dashboard.subject_requests",
        filters=(
            Filter("type", lazy_gettext("What is asked for"), lazy_gettext("every kind"), _types),
            Filter("state", lazy_gettext("State"), lazy_gettext("every state"), _states),
            WHOSE,
        ),
        orders=CASE_ORDERS,
        read=_read,
        columns=_columns,
        assign=assign_requests,
    )
)
