"""Orders that move days, entered while the service runs: kept for all operators, each with the edition it makes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from consent_service.deadlines.editions import keep_edition
from consent_service.deadlines.tables import CalendarOrder
from consent_service.deadlines.transfers import Transfer, TransferKind, with_transfers
from consent_service.deadlines.working_days import Calendar
from consent_service.kernel.db import table_of
from consent_service.kernel.uow import UnitOfWork

_ORDERS = table_of(CalendarOrder)


@dataclass(frozen=True, slots=True)
class EnteredOrder:
    """An order as it was entered; a day that it does not move is None."""

    number: int
    act: str
    day_off: date | None
    worked: date | None
    edition: str
    entered_at: datetime

    @property
    def transfers(self) -> list[Transfer]:
        """The days that it moves."""
        days = {TransferKind.DAY_OFF: self.day_off, TransferKind.WORKED: self.worked}
        return [Transfer(on, kind, self.act) for kind, on in days.items() if on is not None]


def entered_orders(session: Session) -> list[EnteredOrder]:
    """Return the orders that were entered, the first one first."""
    columns = [_ORDERS.c[name] for name in EnteredOrder.__slots__]
    return [EnteredOrder(*row) for row in session.execute(select(*columns).order_by(_ORDERS.c.number))]


def keep_order(uow: UnitOfWork, calendar: Calendar, transfers: Sequence[Transfer]) -> EnteredOrder:
    """Keep an order that moves days of the calendar at hand, and the edition that it makes.

    The caller holds the locks of all operators, read the calendar under them, and records the order at each.

    Raises:
        InvalidInputError: The calendar has a day so already; names the kind of the transfer.
        CalendarGapError: The calendar does not know a day.
    """
    made = with_transfers(calendar, transfers)
    keep_edition(uow, made)
    days = {one.kind: one.on for one in transfers}
    day_off, worked = days.get(TransferKind.DAY_OFF), days.get(TransferKind.WORKED)
    values = {"day_off": day_off, "worked": worked, "act": transfers[0].act, "edition": made.edition}
    number = uow.session.scalar(insert(_ORDERS).values(entered_at=uow.now, **values).returning(_ORDERS.c.number))
    return EnteredOrder(int(number or 0), transfers[0].act, day_off, worked, made.edition, uow.now)


def as_facts(order: EnteredOrder) -> dict[str, object]:
    """Write an order as the log keeps it."""
    return {
        "order": order.number,
        "act": order.act,
        "day_off": order.day_off and order.day_off.isoformat(),
        "worked": order.worked and order.worked.isoformat(),
        "edition": order.edition,
    }
