"""An order that moves days is entered once, however many enter it at the same time."""

import threading
from datetime import date

from consent_service.deadlines.orders import entered_orders
from consent_service.deadlines.transfers import Transfer, TransferKind, with_transfers
from consent_service.deadlines.working_days import load_calendar
from consent_service.kernel.errors import ConflictError, InvalidInputError
from consent_service.recalculation.orders import enter_order
from consent_service.services import services
from tests.integration.conftest import ACTOR
from tests.office import Office


def test_of_several_who_enter_the_same_order_at_once_one_does(office: Office) -> None:
    moved = [Transfer(date(2026, 11, 26), TransferKind.DAY_OFF, "order 12")]
    seen = with_transfers(load_calendar(), moved).edition
    refused: list[str] = []

    def enter_it() -> None:
        with office.app.app_context():
            try:
                with services().write(ACTOR) as uow:
                    enter_order(uow, services().law_at_hand, moved, seen)
            except (ConflictError, InvalidInputError) as error:
                refused.append(error.code)

    threads = [threading.Thread(target=enter_it) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(refused) == 2
    assert office.rows("SELECT act, edition FROM calendar_orders") == [("order 12", seen)]
    told = office.rows("SELECT count(*) FROM ledger_events WHERE kind = 'calendar_order_entered'")
    assert told == office.rows("SELECT count(*) FROM operators")


def test_whoever_read_the_orders_earlier_does_not_set_the_calendar_back(office: Office) -> None:
    moved = [Transfer(date(2026, 11, 26), TransferKind.DAY_OFF, "order 12")]
    seen = with_transfers(load_calendar(), moved).edition

    def enter_it() -> None:
        with office.app.app_context():
            with services().write(ACTOR) as uow:
                enter_order(uow, services().law_at_hand, moved, seen)
            with services().read(ACTOR) as uow:
                services().law_at_hand.follow(uow, at_once=True)

    with office.app.app_context(), services().snapshot(ACTOR) as earlier:
        assert entered_orders(earlier.session) == []
        entering = threading.Thread(target=enter_it)
        entering.start()
        entering.join()
        late = services().law_at_hand.follow(earlier, at_once=True)

        assert entered_orders(earlier.session) == []
        assert late.calendar.edition == services().law.calendar.edition == seen
