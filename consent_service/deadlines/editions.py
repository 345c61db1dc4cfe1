"""Keeping the editions of the calendar, so that a date can be defended years later with the days of its time."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import select

from consent_service.deadlines.tables import CalendarEdition
from consent_service.deadlines.working_days import Calendar
from consent_service.kernel.db import insert_or_skip, table_of
from consent_service.kernel.errors import NotFoundError
from consent_service.kernel.uow import UnitOfWork

_EDITIONS = table_of(CalendarEdition)


def keep_edition(uow: UnitOfWork, calendar: Calendar) -> None:
    """Keep an edition before dates are computed with it; nothing happens when it is kept already."""
    known = uow.session.scalar(select(_EDITIONS.c.edition).where(_EDITIONS.c.edition == calendar.edition))
    if known is None:
        edition = {"edition": calendar.edition, "days": as_data(calendar), "first_used_at": uow.now}
        uow.session.execute(insert_or_skip(uow.session, _EDITIONS).values(edition))


def kept_edition(uow: UnitOfWork, edition: str) -> Calendar:
    """Return an edition that dates were computed with.

    Raises:
        NotFoundError: It was never used here.
    """
    days = uow.session.scalar(select(_EDITIONS.c.days).where(_EDITIONS.c.edition == edition))
    if days is None:
        raise NotFoundError(f"No date here was computed with the calendar edition {edition!r}.")
    return from_data(days)


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
