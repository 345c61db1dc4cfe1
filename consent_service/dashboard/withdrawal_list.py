"""The list of withdrawals, and the register of refusals in it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext, lazy_gettext

from consent_service.dashboard.duty_rows import Left, left
from consent_service.dashboard.listing import Asked, Filter, Listing, enter, staff_words
from consent_service.dashboard.request_list import CASE_ORDERS, WHOSE
from consent_service.duties.ordering import CaseOrder
from consent_service.duties.queries import first_unmet
from consent_service.kernel.uow import UnitOfWork
from consent_service.letters.queries import sent_letters
from consent_service.letters.states import LetterKind
from consent_service.pages.case_words import words_of
from consent_service.pages.languages import almaty_time, day
from consent_service.subjects.queries import masked
from consent_service.withdrawals.assigning import assign_withdrawals
from consent_service.withdrawals.queries import WithdrawalLine, list_withdrawals
from consent_service.withdrawals.states import (
    IN_COURSE,
    NOT_EXECUTED,
    Bar,
    Matter,
    WithdrawalChannel,
    WithdrawalState,
)

_GROUPS = {"in_course": IN_COURSE, "not_executed": NOT_EXECUTED}


@dataclass(frozen=True, slots=True)
class WithdrawalRow:
    """A withdrawal, what is left of its first duty, when its refusal was sent, and whose work it is."""

    line: WithdrawalLine
    left: Left | None
    refusal_sent_at: datetime | None
    assignee: str


def _read(uow: UnitOfWork, asked: Asked, limit: int, cursor: str | None) -> tuple[Sequence[WithdrawalRow], str | None]:
    state, refused = asked.get("state"), bool(asked.get("refused"))
    lines, after = list_withdrawals(
        uow,
        states=_GROUPS.get(state) or ([WithdrawalState(state)] if state else ()),
        refused=refused,
        subject_id=asked.person,
        assignees=asked.staff(),
        order=CaseOrder(asked.order),
        limit=limit,
        cursor=cursor,
    )
    ids = [line.id for line in lines]
    first, names = first_unmet(uow, ids), staff_words(uow)
    sent = sent_letters(uow, ids, LetterKind.WITHDRAWAL_REFUSAL) if refused else {}
    rows = [
        WithdrawalRow(
            line,
            left(first[line.id], uow) if line.id in first else None,
            sent.get(line.id),
            names.get(str(line.assignee_id), ""),
        )
        for line in lines
    ]
    return rows, after


def _states(_uow: UnitOfWork) -> Mapping[str, str]:
    own = {"in_course": gettext("under way"), "not_executed": gettext("in effect, data not gone everywhere")}
    return own | {str(state): words for state, words in words_of(WithdrawalState).items()}


def _refused(_uow: UnitOfWork) -> Mapping[str, str]:
    return {"1": gettext("refusals alone")}


def _columns() -> Mapping[str, Callable[[WithdrawalRow], str]]:
    matters, states = words_of(Matter), words_of(WithdrawalState)
    channels, bars = words_of(WithdrawalChannel), words_of(Bar)
    return {
        "№": lambda row: str(row.line.id),
        gettext("Received"): lambda row: day(row.line.received_on),
        gettext("Channel"): lambda row: channels[row.line.channel],
        gettext("Document"): lambda row: row.line.document,
        gettext("What"): lambda row: matters[row.line.matter],
        gettext("Person"): lambda row: masked(row.line.subject_id),
        gettext("Takes effect"): lambda row: day(row.line.effective_on),
        gettext("State"): lambda row: states[row.line.state],
        gettext("Left of the first duty"): lambda row: row.left.words if row.left else "",
        gettext("Ground"): lambda row: bars[row.line.bar] if row.line.bar else "",
        gettext("Article or clause"): lambda row: row.line.bar_reference or "",
        gettext("Refusal sent"): lambda row: almaty_time(row.refusal_sent_at) if row.refusal_sent_at else "",
        gettext("Whose work"): lambda row: row.assignee,
    }


WITHDRAWALS: Listing[WithdrawalRow] = enter(
    Listing(
        name="withdrawals",
        endpoint="dashboard.withdrawals",
        filters=(
            Filter("state", lazy_gettext("State"), lazy_gettext("every state"), _states),
            Filter("refused", lazy_gettext("Register"), lazy_gettext("all withdrawals"), _refused),
            WHOSE,
        ),
        orders=CASE_ORDERS,
        read=_read,
        columns=_columns,
        assign=assign_withdrawals,
    )
)
