"""Entering an order that moves days: the new edition, and the decision at every operator that open dates follow it."""

from collections.abc import Sequence

from consent_service.deadlines.at_hand import LawAtHand
from consent_service.deadlines.orders import EnteredOrder, as_facts, keep_order
from consent_service.deadlines.transfers import Transfer, with_transfers
from consent_service.kernel.errors import ConflictError
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.service import append, operator_stream
from consent_service.operators.queries import operator_numbers
from consent_service.operators.service import lock_operator
from consent_service.recalculation.service import decide


def enter_order(uow: UnitOfWork, law_at_hand: LawAtHand, transfers: Sequence[Transfer], seen: str) -> EnteredOrder:
    """Enter an order for all operators; the worker dates their open duties again.

    Args:
        uow: A unit of work that is bound to no operator.
        law_at_hand: The law of this process, which is brought up to date first.
        transfers: The days that the order moves.
        seen: The edition that was previewed; another one by now is refused.

    Raises:
        ConflictError: The calendar changed since the preview, or a recalculation is being carried out.
        InvalidInputError: The calendar has a day so already; names the kind of the transfer.
        CalendarGapError: The calendar does not know a day.
    """
    bound = [uow.for_operator(number) for number, _ in operator_numbers(uow.session)]
    for one in bound:
        lock_operator(one)
    calendar = law_at_hand.follow(uow, at_once=True).calendar
    made = with_transfers(calendar, transfers)
    if made.edition != seen:
        raise ConflictError("The calendar changed since you looked: see again what would move.")
    order = keep_order(uow, calendar, transfers)
    for one in bound:
        append(one, EventType.CALENDAR_ORDER_ENTERED, operator_stream(one.operator_id), as_facts(order))
        decide(one, made, reason=order.act)
    return order
