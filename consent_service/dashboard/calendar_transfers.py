"""What an order that moves a day would move of the open dates, seen before anything is done."""

from collections.abc import Mapping

from flask import render_template, request
from flask_babel import gettext

from consent_service.dashboard.blueprint import dashboard
from consent_service.dashboard.cases import checked_reference
from consent_service.dashboard.deadline_counting import outside
from consent_service.dashboard.places import at_operator, reading
from consent_service.dashboard.recalculation import Moves, moves_by
from consent_service.deadlines.transfers import Transfer, TransferKind, as_override, with_transfer
from consent_service.deadlines.working_days import CalendarGapError
from consent_service.kernel.errors import InvalidInputError
from consent_service.letters.references import MOST
from consent_service.operators.sessions import Place
from consent_service.pages.form_values import FormValues
from consent_service.services import services


@dashboard.get("/<slug>/calendar/transfer")
@at_operator
def calendar_transfer(place: Place) -> str:
    """Ask for a day that an order moves."""
    return _transfer_page(place, None, None, {})


@dashboard.post("/<slug>/calendar/transfer")
@at_operator
def preview_transfer(place: Place) -> str | tuple[str, int]:
    """Show which open dates the order would move; nothing is changed."""
    values = FormValues()
    on, kind = values.needed_day("on"), values.needed("kind")
    act = checked_reference(values, "act", values.needed("act", most=MOST))
    if kind and kind not in set(TransferKind):
        values.refuse("kind", gettext("Choose what the order makes of the day."))
    if values.wrong:
        return _transfer_page(place, None, None, values.wrong), 422
    transfer = Transfer(on, TransferKind(kind), act)
    try:
        calendar = with_transfer(services().law.calendar, transfer)
    except CalendarGapError:
        return _transfer_page(place, None, None, {"on": [outside(services().law.calendar)]}), 422
    except InvalidInputError:
        refused = {"on": [gettext("The calendar has this day so already: choose another day.")]}
        return _transfer_page(place, None, None, refused), 422
    with reading(place) as uow:
        moves = moves_by(uow, calendar)
    return _transfer_page(place, transfer, moves, {})


def _transfer_page(place: Place, transfer: Transfer | None, moves: Moves | None, wrong: Mapping[str, list[str]]) -> str:
    return render_template(
        "calendar_transfer.html",
        place=place,
        known=services().law.calendar,
        kinds=[
            (TransferKind.DAY_OFF, gettext("a day off")),
            (TransferKind.WORKED, gettext("a working day")),
        ],
        sent=request.form,
        transfer=transfer,
        override=as_override(transfer) if transfer else "",
        moves=moves,
        problems=wrong,
    )
