"""Days that an order makes days off or working days: the calendar as it would be, and the lines that make it so.

Pure: nothing is kept.  The calendar is that of the installation: an order is entered for all operators (``orders``), or
whoever runs the service puts the lines into its override file.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

import yaml

from consent_service.deadlines.working_days import LANGUAGES, Calendar, Words
from consent_service.kernel.errors import InvalidInputError


class TransferKind(StrEnum):
    """What an order makes of a day, as the override file writes it."""

    DAY_OFF = "day_off"
    WORKED = "worked"


_REASONS: dict[TransferKind, Words] = {
    TransferKind.DAY_OFF: {
        "kk": "Ауыстырылған демалыс күні",
        "ru": "Перенесённый выходной",
        "en": "Transferred day off",
    },
    TransferKind.WORKED: {
        "kk": "Ауыстырылған жұмыс күні",
        "ru": "Перенесённый рабочий день",
        "en": "Transferred working day",
    },
}


@dataclass(frozen=True, slots=True)
class Transfer:
    """One day of an order; ``act`` is the number of the order."""

    on: date
    kind: TransferKind
    act: str


def with_transfers(calendar: Calendar, transfers: Sequence[Transfer]) -> Calendar:
    """Return the calendar as it would be under one more order, which moves some days.

    Raises:
        InvalidInputError: A day is already what the order makes of it; names the kind of the transfer.
        CalendarGapError: The calendar does not know a day.
    """
    for transfer in transfers:
        if _has(calendar, transfer):
            raise InvalidInputError.of(transfer.kind.value, "The calendar has this day so already: choose another day.")
        calendar = _with(calendar, transfer)
    return calendar


def under_orders(calendar: Calendar, transfers: Sequence[Transfer]) -> Calendar:
    """Return a calendar with transfers on top, in their order; one that it has by itself by now changes nothing."""
    for transfer in transfers:
        if calendar.first_day <= transfer.on <= calendar.last_day and not _has(calendar, transfer):
            calendar = _with(calendar, transfer)
    return calendar


def _has(calendar: Calendar, transfer: Transfer) -> bool:
    return calendar.is_working(transfer.on) is (transfer.kind is TransferKind.WORKED)


def _with(calendar: Calendar, transfer: Transfer) -> Calendar:
    is_off = transfer.kind is TransferKind.DAY_OFF
    off, worked = dict(calendar.days_off), set(calendar.worked)
    off.pop(transfer.on, None)
    worked.discard(transfer.on)
    if is_off:
        off[transfer.on] = {lang: f"{_REASONS[transfer.kind][lang]} ({transfer.act})" for lang in LANGUAGES}
    else:
        worked.add(transfer.on)
    return replace(calendar, days_off=off, worked=frozenset(worked))


def as_override(transfers: Sequence[Transfer]) -> str:
    """Write the entries of the override file that make it so.

    >>> print(as_override([Transfer(date(2027, 5, 8), TransferKind.WORKED, "order 12")]).partition("reason")[0].strip())
    - date: 2027-05-08
      kind: worked
      act: order 12
    """
    entries = [
        {"date": one.on, "kind": one.kind.value, "act": one.act, "reason": dict(_REASONS[one.kind])}
        for one in transfers
    ]
    return yaml.safe_dump(entries, allow_unicode=True, sort_keys=False)
