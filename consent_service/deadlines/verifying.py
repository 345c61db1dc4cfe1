"""The editions of the calendar, and the orders that were entered, against the events that tell of them."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress

from sqlalchemy import select
from sqlalchemy.orm import Session

from consent_service.deadlines.editions import digest_of
from consent_service.deadlines.orders import as_facts, entered_orders
from consent_service.deadlines.tables import CalendarEdition
from consent_service.kernel.db import table_of
from consent_service.ledger.bodies import bodies_of
from consent_service.ledger.events import EventType
from consent_service.ledger.records import UNREADABLE

_EDITIONS = table_of(CalendarEdition)


def wrong_with_editions(session: Session) -> Iterator[tuple[str, str]]:
    """Return each edition, by place, whose days no event names, or that an event names and is gone."""
    told: defaultdict[str, set[str]] = defaultdict(set)
    for _, _, body in bodies_of(session, EventType.CALENDAR_EDITION_USED):
        with suppress(*UNREADABLE):
            told[body["facts"]["edition"]].add(body["facts"]["sha256"])
    editions = session.scalars(select(_EDITIONS.c.edition).order_by(_EDITIONS.c.edition)).all()
    for edition in editions:
        try:
            digest = digest_of(session.scalars(select(_EDITIONS.c.days).where(_EDITIONS.c.edition == edition)).one())
        except UNREADABLE:
            yield f"calendar edition {edition}", "it holds what this service never stores"
            continue
        if digest not in told[edition]:
            what = "its days are not what the event says" if told[edition] else "no event tells of its use"
            yield f"calendar edition {edition}", what
    for edition in sorted(set(told) - set(editions)):
        yield f"calendar edition {edition}", "dates were computed with it, and it is gone"


def wrong_with_orders(session: Session) -> Iterator[tuple[str, str]]:
    """Return each order, by place, that no event tells of as it stands, or that an event tells of and is gone."""
    told: defaultdict[int, list[object]] = defaultdict(list)
    for _, _, body in bodies_of(session, EventType.CALENDAR_ORDER_ENTERED):
        with suppress(*UNREADABLE):
            told[int(body["facts"]["order"])].append(body["facts"])
    orders = {one.number: as_facts(one) for one in entered_orders(session)}
    for number, facts in orders.items():
        if facts not in told[number]:
            yield f"calendar order {number}", "no event tells of it as it stands"
    for number in sorted(set(told) - set(orders)):
        yield f"calendar order {number}", "it was entered, and it is gone"
