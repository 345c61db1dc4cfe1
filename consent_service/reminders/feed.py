"""A calendar feed (RFC 5545) of what is due, under a secret address that can be revoked."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from icalendar import Calendar as ICalendar
from icalendar import Event
from sqlalchemy import delete, select, update

from consent_service.deadlines.catalogue import Catalogue
from consent_service.duties.queries import BindingDuty, binding
from consent_service.kernel.crypto import blind_index
from consent_service.kernel.db import changed_rows, table_of
from consent_service.kernel.errors import NotFoundError
from consent_service.kernel.ids import new_token
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.service import append, operator_stream
from consent_service.operators.colleagues import colleague
from consent_service.operators.service import lock_operator
from consent_service.reminders.entries import Writing
from consent_service.reminders.rules import TOLD
from consent_service.reminders.tables import CalendarFeed
from consent_service.reminders.words import CALENDAR, LATE_ENTRY

_FEEDS = table_of(CalendarFeed)
_KEY = "calendar-feed|v1"
_TOKEN = re.compile(r"([0-9a-f]{1,7})_[A-Za-z0-9_-]{43}", re.ASCII)  # 256 random bits behind the operator's number
USED_EVERY = timedelta(minutes=1)
REFRESHED_EVERY = timedelta(hours=1)
MOST = 2000  # entries: what is late and the soonest; calendar programs give up on files without end


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


def make_feed(uow: UnitOfWork, staff_id: UUID) -> str:
    """Make a secret address, in place of the one before; it is returned this once and kept only as a hash."""
    lock_operator(uow)
    token = new_token(f"{uow.operator_id:x}_")
    uow.session.merge(
        CalendarFeed(
            operator_id=uow.operator_id,
            staff_id=staff_id,
            token_hash=_hash(uow, token),
            created_at=uow.now,
            used_at=None,
        )
    )
    append(uow, EventType.CALENDAR_FEED_MADE, operator_stream(uow.operator_id), {"staff": str(staff_id)})
    uow.session.flush()
    return token


def revoke_feed(uow: UnitOfWork, staff_id: UUID) -> None:
    """End the address of somebody's feed at once; nothing happens where there is none."""
    lock_operator(uow)
    gone = uow.session.execute(
        delete(_FEEDS).where(_FEEDS.c.operator_id == uow.operator_id, _FEEDS.c.staff_id == staff_id)
    )
    if changed_rows(gone):
        append(uow, EventType.CALENDAR_FEED_REVOKED, operator_stream(uow.operator_id), {"staff": str(staff_id)})


def feed_of(uow: UnitOfWork, staff_id: UUID) -> Feed | None:
    """Return when somebody's feed was made and last read."""
    row = uow.session.execute(
        select(_FEEDS.c.created_at, _FEEDS.c.used_at).where(
            _FEEDS.c.operator_id == uow.operator_id, _FEEDS.c.staff_id == staff_id
        )
    ).first()
    return None if row is None else Feed(*row)


def find_feed(unbound: UnitOfWork, token: str) -> KnownFeed:
    """Return whose feed an address stands for.

    Raises:
        NotFoundError: Malformed, unknown or revoked, or its owner is told of duties there no more; all look alike.
    """
    match = _TOKEN.fullmatch(token)
    if match:
        uow = unbound.for_operator(int(match[1], 16))
        row = uow.session.execute(
            select(_FEEDS.c.staff_id, _FEEDS.c.used_at).where(
                _FEEDS.c.operator_id == uow.operator_id, _FEEDS.c.token_hash == _hash(uow, token)
            )
        ).first()
        owner = None if row is None else colleague(uow, row.staff_id)
        if row is not None and owner is not None and owner.role in TOLD:
            return KnownFeed(uow.operator_id, owner.staff_id, owner.language, row.used_at)
    raise NotFoundError("There is no such calendar.")


def note_use(uow: UnitOfWork, staff_id: UUID) -> None:
    """Remember that a feed was read, to the minute."""
    uow.session.execute(
        update(_FEEDS)
        .where(_FEEDS.c.operator_id == uow.operator_id, _FEEDS.c.staff_id == staff_id)
        .values(used_at=uow.now)
    )


def write_feed(uow: UnitOfWork, language: str, catalogue: Catalogue, base_url: str) -> bytes:
    """Write an all-day entry for each duty that binds and is not met; late ones stay on their day."""
    writing = Writing.of(uow, language, catalogue, base_url)
    calendar = ICalendar()
    calendar.add("prodid", "-//Kelisim//Duties//EN")
    calendar.add("version", "2.0")
    calendar.calendar_name = CALENDAR[language].format(operator=writing.operator)
    calendar.refresh_interval = REFRESHED_EVERY
    for duty in binding(uow, limit=MOST):
        calendar.add_component(_event(writing, duty, uow.now))
    return bytes(calendar.to_ical())


def _event(writing: Writing, duty: BindingDuty, now: datetime) -> Event:
    name, is_late = writing.name(duty), duty.due_at <= now
    event = Event()
    event.add("uid", f"{duty.id}@kelisim")
    # The same until the duty changes, so that a calendar which has it need not read it again.
    event.add("dtstamp", max(duty.changed_at, duty.due_at) if is_late else duty.changed_at)
    event.add("sequence", duty.redated)
    event.add("dtstart", duty.due_on)
    event.add("dtend", duty.due_on + timedelta(days=1))
    event.add("summary", LATE_ENTRY[writing.language].format(name=name) if is_late else name)
    event.add("description", "\n".join([duty.source[writing.language], *writing.marks(duty), writing.link(duty)]))
    event.add("url", writing.link(duty))
    event.add("status", "TENTATIVE" if duty.provisional else "CONFIRMED")
    event.add("transp", "TRANSPARENT")
    return event


def _hash(uow: UnitOfWork, token: str) -> bytes:
    return blind_index(uow.keys.derived(_KEY), token)
