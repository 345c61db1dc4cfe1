"""A calendar feed (RFC 5545) of what is due, under a secret address that can be revoked."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from icalendar import Calendar as ICalendar
from icalendar import Event
from sqlalchemy import delete, select, update

from consent_service.deadlines.service import Law
from consent_service.duties.queries import binding_until
from consent_service.kernel.crypto import blind_index
from consent_service.kernel.db import table_of
from consent_service.kernel.errors import NotFoundError
from consent_service.kernel.ids import new_token
from consent_service.kernel.uow import UnitOfWork
from consent_service.operators.queries import operator_slug, operator_view
from consent_service.operators.staff import has_role
from consent_service.reminders.mail import duty_words, source_of
from consent_service.reminders.tables import CalendarFeed
from consent_service.reminders.words import CALENDAR, UNSETTLED

_FEEDS = table_of(CalendarFeed)
_KEY = "calendar-feeds|v1"
USED_EVERY = timedelta(hours=1)
MOST = 5000


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed as its owner sees it; the address itself was shown once."""

    created_at: datetime
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class KnownFeed:
    """Whose feed an address stands for."""

    operator_id: int
    staff_id: UUID
    language: str
    used_at: datetime | None


def make_feed(uow: UnitOfWork, staff_id: UUID, language: str) -> str:
    """Make a new secret address, in place of the old one; it is returned this once."""
    token = new_token()
    uow.session.merge(
        CalendarFeed(
            operator_id=uow.operator_id,
            staff_id=staff_id,
            token_hash=_hash(uow, token),
            language=language,
            created_at=uow.now,
            used_at=None,
        )
    )
    uow.session.flush()
    return token


def revoke_feed(uow: UnitOfWork, staff_id: UUID) -> None:
    """End the address; nobody reads the feed by it from now on."""
    uow.session.execute(delete(_FEEDS).where(_FEEDS.c.operator_id == uow.operator_id, _FEEDS.c.staff_id == staff_id))


def feed_of(uow: UnitOfWork, staff_id: UUID) -> Feed | None:
    """Return when somebody's feed was made and last read."""
    row = uow.session.execute(
        select(_FEEDS.c.created_at, _FEEDS.c.used_at).where(
            _FEEDS.c.operator_id == uow.operator_id, _FEEDS.c.staff_id == staff_id
        )
    ).first()
    return None if row is None else Feed(*row)


def find_feed(uow: UnitOfWork, token: str) -> KnownFeed:
    """Return whose feed an address stands for.

    Raises:
        NotFoundError: It is unknown or revoked, or its owner has no place at the operator any more; these look alike.
    """
    row = uow.session.execute(
        select(_FEEDS.c.operator_id, _FEEDS.c.staff_id, _FEEDS.c.language, _FEEDS.c.used_at).where(
            _FEEDS.c.token_hash == _hash(uow, token)
        )
    ).first()
    if row is None or not has_role(uow, row.operator_id, row.staff_id):
        raise NotFoundError("There is no such calendar.")
    return KnownFeed(*row)


def note_use(uow: UnitOfWork, feed: KnownFeed) -> None:
    """Remember that a feed was read, to the hour."""
    uow.session.execute(
        update(_FEEDS)
        .where(_FEEDS.c.operator_id == feed.operator_id, _FEEDS.c.staff_id == feed.staff_id)
        .values(used_at=uow.now)
    )


def write_feed(uow: UnitOfWork, language: str, law: Law, base_url: str) -> bytes:
    """Write the feed: an all-day entry for each duty that binds and is not met."""
    slug = operator_slug(uow)
    calendar = ICalendar()
    calendar.add("prodid", "-//Kelisim//Duties//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", CALENDAR[language].format(operator=operator_view(uow).name[language]))
    calendar.add("x-wr-timezone", "Asia/Almaty")
    for duty in binding_until(uow, None, limit=MOST):
        link = f"{base_url}/dashboard/{slug}/cases/{duty.case_kind}/{duty.case_id}"
        event = Event()
        event.add("uid", f"{duty.id}@{slug}.kelisim")
        event.add("dtstamp", duty.created_at)
        event.add("dtstart", duty.due_on)
        event.add("dtend", duty.due_on + timedelta(days=1))
        event.add("summary", duty_words(duty, language, law) + ("" if duty.settled else UNSETTLED[language]))
        event.add("description", f"{source_of(duty, language)}\n{link}")
        event.add("url", link)
        event.add("sequence", duty.redated)
        event.add("transp", "TRANSPARENT")
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def _hash(uow: UnitOfWork, token: str) -> bytes:
    return blind_index(uow.keys.derived(_KEY), token)
