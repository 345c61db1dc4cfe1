"""The editions of the calendar against the events that tell when each was used first."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress

from sqlalchemy import select
from sqlalchemy.orm import Session

from consent_service.deadlines.editions import digest_of
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
