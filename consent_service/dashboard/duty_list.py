"""The list of duties: what is due and what was, by day."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from flask import render_template
from flask_babel import gettext, lazy_gettext

from consent_service.dashboard.blueprint import dashboard
from consent_service.dashboard.duty_rows import Left, left
from consent_service.dashboard.duty_words import case_name, duty_name
from consent_service.dashboard.listing import Asked, Filter, Listing, enter, show
from consent_service.dashboard.places import at_operator, reading
from consent_service.deadlines.periods import Period
from consent_service.deadlines.rules import almaty_day
from consent_service.duties.queries import DutyFilter, DutyView, list_duties
from consent_service.duties.rules import soon_until
from consent_service.duties.states import MET, UNMET, DutyState
from consent_service.erasure.holds import Held, held_cases
from consent_service.erasure.service import ERASING_ACTIONS
from consent_service.kernel.uow import UnitOfWork
from consent_service.operators.sessions import Place
from consent_service.pages.case_words import mark_of, words_of
from consent_service.pages.languages import day, language, said
from consent_service.services import services
from consent_service.subjects.queries import masked

_LATE, _SOON, _SOONEST, _LATEST = "late", "soon", "soonest", "latest"
_OVER = (*MET, DutyState.CANCELLED)
_KINDS = ("withdrawal", "request", "incident", "transfer", "expiry", "demand", "retention")


@dataclass(frozen=True, slots=True)
class DutyRow:
    """A line of the list; ``left`` is of those alone that are not met."""

    duty: DutyView
    person: str
    name: str
    case: str
    left: Left | None
    period: str
    held: Held | None


@dashboard.get("/<slug>/duties")
@at_operator
def duties(place: Place) -> str:
    """Show what is due, soonest first."""
    with reading(place) as uow:
        shown = show(DUTIES, place, uow)
    return render_template("duties.html", shown=shown, states=words_of(DutyState), mark=mark_of)


def rows_of(uow: UnitOfWork, found: Sequence[DutyView]) -> list[DutyRow]:
    """Return duties with the words of their lines."""
    held = held_cases(uow, [duty.case_id for duty in found if duty.action in ERASING_ACTIONS])
    return [_row(duty, uow, held) for duty in found]


def _row(duty: DutyView, uow: UnitOfWork, held: Mapping[UUID, Held]) -> DutyRow:
    return DutyRow(
        duty=duty,
        person=masked(duty.subject_id) if duty.subject_id else "–",
        name=duty_name(duty.code),
        case=case_name(duty.case_kind),
        left=left(duty, uow) if duty.state in UNMET else None,
        period=Period.parse(duty.period).in_words(language()),
        held=held.get(duty.case_id) if duty.action in ERASING_ACTIONS else None,
    )


def _read(uow: UnitOfWork, asked: Asked, limit: int, cursor: str | None) -> tuple[Sequence[DutyRow], str | None]:
    state, until = asked.get("state"), asked.day("until")
    befores = [soon_until(almaty_day(uow.now), services().law.calendar)] if state == _SOON else []
    if until is not None and until < date.max:
        befores.append(until + timedelta(days=1))
    wanted = DutyFilter(
        state=DutyState(state) if state in _OVER else None,
        is_late={_LATE: True, _SOON: False}.get(state),
        due_from=asked.day("since"),
        due_before=min(befores, default=None),
        case_kind=asked.get("case") or None,
    )
    found, after = list_duties(uow, wanted, limit=limit, cursor=cursor, soonest_first=asked.order == _SOONEST)
    return rows_of(uow, found), after


def _states(_uow: UnitOfWork) -> Mapping[str, str]:
    words = words_of(DutyState)
    own = {_LATE: gettext("late"), _SOON: gettext("due within 3 working days")}
    return own | {str(state): words[state] for state in _OVER}


def _cases(_uow: UnitOfWork) -> Mapping[str, str]:
    return {kind: case_name(kind) for kind in _KINDS}


def _columns() -> Mapping[str, Callable[[DutyRow], str]]:
    states = words_of(DutyState)
    return {
        "№": lambda row: str(row.duty.id),
        gettext("Due"): lambda row: day(row.duty.due_on),
        gettext("Duty"): lambda row: row.name,
        gettext("Case"): lambda row: row.case,
        gettext("Person"): lambda row: row.person,
        gettext("State"): lambda row: states[row.duty.state],
        gettext("Left"): lambda row: row.left.words if row.left else "",
        gettext("Period"): lambda row: row.period,
        gettext("Article or clause"): lambda row: said(row.duty.source),
    }


DUTIES: Listing[DutyRow] = enter(
    Listing(
        name="duties",
        endpoint="dashboard.duties",
        filters=(
            Filter("state", lazy_gettext("State"), lazy_gettext("not met"), _states),
            Filter("case", lazy_gettext("Case"), lazy_gettext("every kind"), _cases),
            Filter("since", lazy_gettext("Due from")),
            Filter("until", lazy_gettext("Due until")),
        ),
        orders={_SOONEST: lazy_gettext("soonest first"), _LATEST: lazy_gettext("latest first")},
        read=_read,
        columns=_columns,
    )
)
