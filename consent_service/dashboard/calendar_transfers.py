"""An order that moves days: which open dates it would move, seen before anything is done, and entering it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import g, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from consent_service.dashboard.blueprint import dashboard
from consent_service.dashboard.cases import checked_reference
from consent_service.dashboard.deadline_counting import outside
from consent_service.dashboard.places import at_operator, reading
from consent_service.dashboard.recalculation import Moves, moves_by
from consent_service.dashboard.session import actor_of
from consent_service.deadlines.orders import entered_orders
from consent_service.deadlines.rules import almaty_day
from consent_service.deadlines.transfers import Transfer, TransferKind, as_override, with_transfers
from consent_service.deadlines.working_days import Calendar, CalendarGapError
from consent_service.kernel.errors import ConflictError, InvalidInputError, NotAllowedError
from consent_service.kernel.uow import UnitOfWork
from consent_service.letters.references import MOST
from consent_service.operators.colleagues import owns_all
from consent_service.operators.sessions import Place, SignedIn
from consent_service.pages.form_values import FormValues
from consent_service.recalculation.orders import enter_order
from consent_service.services import services


@dataclass(frozen=True, slots=True)
class _Preview:
    """What an order would make of the calendar at hand, and of the open dates."""

    transfers: Sequence[Transfer]
    calendar: Calendar


@dashboard.get("/<slug>/calendar/transfer")
@at_operator
def calendar_transfer(place: Place) -> str:
    """Ask for the days that an order moves."""
    return _page(place, None, {})


@dashboard.post("/<slug>/calendar/transfer")
@at_operator
def preview_transfer(place: Place) -> str | tuple[str, int]:
    """Show which open dates the order would move; nothing is changed."""
    values = FormValues()
    preview = _asked_for(values)
    return (_page(place, None, values.wrong), 422) if preview is None else _page(place, preview, {})


@dashboard.post("/<slug>/calendar/transfer/enter")
@at_operator
def enter_transfer(place: Place) -> Response | str | tuple[str, int]:
    """Enter the order as it was previewed: a new edition, and open dates that follow it at every operator."""
    values, app = FormValues(), services()
    preview = _asked_for(values)
    if preview is None:
        return _page(place, None, values.wrong), 422
    try:
        with app.write(actor_of(g.session)) as uow:
            _check_owns_all(uow)
            enter_order(uow, app.law_at_hand, preview.transfers, values.text("edition") or "")
    except NotAllowedError:
        values.refuse("form", gettext("The calendar is shared: an owner of every operator enters orders."))
        return _page(place, preview, values.wrong), 403
    except (ConflictError, InvalidInputError):  # another order came between
        values.refuse("form", gettext("The calendar has just changed, or dates are being moved: look again."))
        return _page(place, None, values.wrong), 409
    app.law_at_hand.forget()
    return redirect(url_for("dashboard.recalculation", slug=place.slug))


def _check_owns_all(uow: UnitOfWork) -> None:
    session: SignedIn = g.session
    if not owns_all(uow, session.staff_id):
        raise NotAllowedError("The calendar is shared: an owner of every operator enters orders.")


def _asked_for(values: FormValues) -> _Preview | None:
    """Return the order that the form asks for; None where it cannot be, which is said by field."""
    app = services()
    with app.read(actor_of(g.session)) as uow:
        known = app.law_at_hand.follow(uow, at_once=True).calendar
        this_year = almaty_day(uow.now).year
    days = {kind: values.day(kind.value) for kind in TransferKind}
    act = checked_reference(values, "act", values.needed("act", most=MOST))
    transfers = [Transfer(on, kind, act) for kind, on in days.items() if on is not None]
    for one in transfers:
        if one.on.year < this_year:
            values.refuse(one.kind, gettext("This year is over: choose a day of %(year)s or later.", year=this_year))
    if not transfers and not values.wrong:
        values.refuse(TransferKind.DAY_OFF, gettext("Name a day that the order moves."))
    if days[TransferKind.DAY_OFF] is not None and days[TransferKind.DAY_OFF] == days[TransferKind.WORKED]:
        values.refuse(TransferKind.WORKED, gettext("Choose another day than the one that becomes a day off."))
    for one in (one for one in transfers if one.kind not in values.wrong):
        try:
            with_transfers(known, [one])
        except CalendarGapError:
            values.refuse(one.kind, outside(known))
        except InvalidInputError:
            values.refuse(one.kind, gettext("The calendar has this day so already: choose another day."))
    return None if values.wrong else _Preview(transfers, with_transfers(known, transfers))


def _look(places: Sequence[Place], calendar: Calendar) -> Sequence[tuple[str, Moves]]:
    """Return what would move at each operator, by its name in addresses."""
    looked = []
    for place in places:
        with reading(place) as uow:
            looked.append((place.slug, moves_by(uow, calendar)))
    return looked


def _page(place: Place, preview: _Preview | None, wrong: Mapping[str, list[str]]) -> str:
    session: SignedIn = g.session
    with reading(place) as uow:
        may_enter, orders = owns_all(uow, session.staff_id), entered_orders(uow.session)
    places = session.places if may_enter else (place,)
    return render_template(
        "calendar_transfer.html",
        place=place,
        known=services().law.calendar,
        sent=request.form,
        override=as_override(preview.transfers) if preview else "",
        edition=preview.calendar.edition if preview else "",
        looked=_look(places, preview.calendar) if preview else (),
        may_enter=may_enter,
        orders=orders,
        problems=wrong,
    )
