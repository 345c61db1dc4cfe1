"""The law as a running process has it: what its release and its files say, with the orders that were entered since."""

from dataclasses import replace
from datetime import datetime, timedelta
from threading import Lock

from consent_service.deadlines.orders import entered_orders
from consent_service.deadlines.service import Law
from consent_service.deadlines.transfers import under_orders
from consent_service.kernel.uow import UnitOfWork

READ_EVERY = timedelta(seconds=5)  # an order that was entered elsewhere is taken up within this time


class LawAtHand:
    """Reads the orders again every few seconds, and builds the calendar anew when there are more.

    Orders are never taken out, so one thread that read fewer than another changes nothing.
    """

    def __init__(self, released: Law) -> None:
        self._released = self.law = released
        self._orders = 0
        self._read_at: datetime | None = None
        self._lock = Lock()

    def follow(self, uow: UnitOfWork, *, at_once: bool = False) -> Law:
        """Take up the orders that were entered, when it is time or at once; return the law with them."""
        if not at_once and self._read_at is not None and self._read_at <= uow.now < self._read_at + READ_EVERY:
            return self.law
        orders = entered_orders(uow.session)
        with self._lock:
            if len(orders) > self._orders:
                moved = [transfer for one in orders for transfer in one.transfers]
                self.law = replace(self._released, calendar=under_orders(self._released.calendar, moved))
                self._orders = len(orders)
            self._read_at = uow.now
            return self.law

    def forget(self) -> None:
        """Let the next unit of work read the orders, since one was entered."""
        self._read_at = None
