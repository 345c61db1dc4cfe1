"""The list of erasure orders."""

from collections.abc import Callable, Mapping, Sequence

from flask_babel import gettext, lazy_gettext

from consent_service.dashboard.duty_words import case_name
from consent_service.dashboard.listing import Asked, Filter, Listing, enter
from consent_service.erasure.register import OrderFilter, OrderLine, list_orders
from consent_service.erasure.states import OPEN, OrderState
from consent_service.kernel.uow import UnitOfWork
from consent_service.pages.case_words import words_of
from consent_service.pages.erasure_words import ground_words
from consent_service.pages.languages import almaty_time, day
from consent_service.subjects.queries import masked

_OPEN, _LATE, _LATEST, _DUE = "open", "late", "latest", "due"


def _read(uow: UnitOfWork, asked: Asked, limit: int, cursor: str | None) -> tuple[Sequence[OrderLine], str | None]:
    state = asked.get("state")
    states = OPEN if state == _OPEN else [OrderState(state)] if state and state != _LATE else ()
    wanted = OrderFilter(states, asked.person, late=state == _LATE, soonest_first=asked.order == _DUE)
    return list_orders(uow, wanted, limit=limit, cursor=cursor)


def _states(_uow: UnitOfWork) -> Mapping[str, str]:
    own = {_OPEN: gettext("under way"), _LATE: gettext("late")}
    return own | {str(state): words for state, words in words_of(OrderState).items()}


def _columns() -> Mapping[str, Callable[[OrderLine], str]]:
    states, grounds = words_of(OrderState), ground_words()
    return {
        "№": lambda row: str(row.id),
        gettext("Due"): lambda row: day(row.due_on),
        gettext("Order"): lambda row: case_name(row.cause_kind),
        gettext("Ground"): lambda row: grounds[row.ground],
        gettext("Person"): lambda row: masked(row.subject_id),
        gettext("State"): lambda row: states[row.state],
        gettext("Done"): lambda row: almaty_time(row.done_at) if row.done_at else "",
        gettext("Late"): lambda row: gettext("late") if row.is_late else "",
        gettext("Held"): lambda row: row.held.reference if row.held else "",
    }


ERASURES: Listing[OrderLine] = enter(
    Listing(
        name="erasures",
        endpoint="dashboard.erasures",
        filters=(Filter("state", lazy_gettext("State"), lazy_gettext("every state"), _states),),
        orders={_LATEST: lazy_gettext("latest ordered first"), _DUE: lazy_gettext("due first")},
        read=_read,
        columns=_columns,
    )
)
