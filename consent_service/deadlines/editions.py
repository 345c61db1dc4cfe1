"""Keeping the editions of the calendar, so that a date can be defended years later with the days of its time."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import rfc8785
from sqlalchemy import select

from consent_service.deadlines.tables import CalendarEdition
from consent_service.deadlines.working_days import Calendar
from consent_service.kernel.db import changed_rows, insert_or_skip, table_of
from consent_service.kernel.errors import NotFoundError
from consent_service.kernel.ids import new_id
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.service import append

_EDITIONS = table_of(CalendarEdition)


@dataclass(frozen=True, slots=True)
class UsedEdition:
    """An edition that dates were computed with, and since when."""

    edition: str
    first_used_at: datetime


def keep_edition(uow: UnitOfWork, calendar: Calendar) -> None:
    """Keep an edition before dates are computed with it, and record it; nothing happens when it is kept already."""
    known = uow.session.scalar(select(_EDITIONS.c.edition).where(_EDITIONS.c.edition == calendar.edition))
    if known is None:
        days = as_data(calendar)
        edition = {"edition": calendar.edition, "days": days, "first_used_at": uow.now}
        kept = uow.session.execute(insert_or_skip(uow.session, _EDITIONS).values(edition))
        if changed_rows(kept):
            facts = {"edition": calendar.edition, "sha256": digest_of(days)}
            append(uow, EventType.CALENDAR_EDITION_USED, new_id(uow.now), facts)


def kept_edition(uow: UnitOfWork, edition: str) -> Calendar:
    """Return an edition that dates were computed with.

    Raises:
        NotFoundError: It was never used here.
    """
    days = uow.session.scalar(select(_EDITIONS.c.days).where(_EDITIONS.c.edition == edition))
    if days is None:
        raise NotFoundError(f"No date here was computed with the calendar edition {edition!r}.")
    return from_data(days)


def used_editions(uow: UnitOfWork, limit: int = 20) -> list[UsedEdition]:
    """Return the editions that dates were computed with, the latest first; they are shared by all operators."""
    rows = uow.session.execute(
        select(_EDITIONS.c.edition, _EDITIONS.c.first_used_at)
        .order_by(_EDITIONS.c.first_used_at.desc(), _EDITIONS.c.edition)
        .limit(limit)
    )
    return [UsedEdition(row.edition, row.first_used_at) for row in rows]


def digest_of(days: Mapping[str, Any]) -> str:  # Any: JSON values
    """Return the SHA-256 of an edition as it is kept, over its canonical JSON (RFC 8785)."""
    return hashlib.sha256(rfc8785.dumps(dict(days))).hexdigest()


def as_data(calendar: Calendar) -> dict[str, Any]:  # Any: JSON values
    """Write an edition as JSON: its bounds, the weekdays off with their reasons, the weekend days worked."""
    return {
        "first_day": calendar.first_day.isoformat(),
        "last_day": calendar.last_day.isoformat(),
        "confirmed_through": calendar.confirmed_through.isoformat(),
        "days_off": {day.isoformat(): dict(why) for day, why in sorted(calendar.days_off.items())},
        "worked": [day.isoformat() for day in sorted(calendar.worked)],
    }


def from_data(data: Mapping[str, Any]) -> Calendar:  # Any: JSON values
    """Read what ``as_data`` wrote."""
    return Calendar(
        first_day=date.fromisoformat(data["first_day"]),
        last_day=date.fromisoformat(data["last_day"]),
        confirmed_through=date.fromisoformat(data["confirmed_through"]),
        days_off={date.fromisoformat(day): why for day, why in data["days_off"].items()},
        worked=frozenset(date.fromisoformat(day) for day in data["worked"]),
    )
