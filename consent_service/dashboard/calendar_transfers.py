"""What an order that moves days would move of the open dates, seen before anything is done."""

from collections.abc import Mapping, Sequence

from flask import render_template, request
from flask_babel import gettext

from consent_service.dashboard.blueprint import dashboard
from consent_service.dashboard.cases import checked_reference
from consent_service.dashboard.deadline_counting import outside
from consent_service.dashboard.places import at_operator, reading
from consent_service.dashboard.recalculation import Moves, moves_by
from consent_service.deadlines.transfers import Transfer, TransferKind, as_override, with_transfers
from consent_service.deadlines.working_days import CalendarGapError
from consent_service.kernel.errors import InvalidInputError
from consent_service.letters.references import MOST
from consent_service.operators.sessions import Place
from consent_service.pages.form_values import FormValues
from consent_service.services import services


@dashboard.get("/<slug>/calendar/transfer")
@at_operator
def calendar_transfer(place: Place) -> str:
    """Ask for the days that an order moves."""
    return _page(place, (), None, {})


@dashboard.post("/<slug>/calendar/transfer")
@at_operator
def preview_transfer(place: Place) -> str | tuple[str, int]:
    """Show which open dates the order would move; nothing is changed."""
    values = FormValues()
    days = {kind: values.day(kind.value) for kind in TransferKind}
    act = checked_reference(values, "act", values.needed("act", most=MOST))
    transfers = [Transfer(on, kind, act) for kind, on in days.items() if on is not None]
    if not transfers and not values.wrong:
        values.refuse(TransferKind.DAY_OFF, gettext("Name a day that the order moves."))
    if not values.wrong:
        try:
            calendar = with_transfers(services().law.calendar, transfers)
            with reading(place) as uow:
                return _page(place, transfers, moves_by(uow, calendar), {})
        except CalendarGapError:
            values.refuse("form", outside(services().law.calendar))
        except InvalidInputError as error:
            for name in error.fields:
                values.refuse(name, gettext("The calendar has this day so already: choose another day."))
    return _page(place, (), None, values.wrong), 422


def _page(place: Place, transfers: Sequence[Transfer], moves: Moves | None, wrong: Mapping[str, list[str]]) -> str:
    return render_template(
        "calendar_transfer.html",
        place=place,
        known=services().law.calendar,
        sent=request.form,
        override=as_override(transfers),
        moves=moves,
        problems=wrong,
    )
