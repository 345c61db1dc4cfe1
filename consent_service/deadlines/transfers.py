"""A day that an order makes a day off or a working day: the calendar as it would be, and the lines that make it so.

Pure: nothing is kept.  The calendar is that of the installation; whoever runs it puts the lines into its override file.
"""

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


def with_transfer(calendar: Calendar, transfer: Transfer) -> Calendar:
    """Return the calendar as it would be under one more order.

    Raises:
        InvalidInputError: The day is already what the order makes of it.
        CalendarGapError: The calendar does not know the day.
    """
    is_off = transfer.kind is TransferKind.DAY_OFF
    if calendar.is_working(transfer.on) is not is_off:
        raise InvalidInputError.of("on", "The calendar has this day so already: choose another day.")
    off, worked = dict(calendar.days_off), set(calendar.worked)
    off.pop(transfer.on, None)
    worked.discard(transfer.on)
    if is_off:
        off[transfer.on] = {lang: f"{_REASONS[transfer.kind][lang]} ({transfer.act})" for lang in LANGUAGES}
    else:
        worked.add(transfer.on)
    return replace(calendar, days_off=off, worked=frozenset(worked))


def as_override(transfer: Transfer) -> str:
    """Write the entry of the override file that makes it so.

    >>> print(as_override(Transfer(date(2027, 5, 8), TransferKind.WORKED, "order 12")).partition("reason")[0].strip())
    - date: 2027-05-08
      kind: worked
      act: order 12
    """
    entry = {
        "date": transfer.on,
        "kind": transfer.kind.value,
        "act": transfer.act,
        "reason": dict(_REASONS[transfer.kind]),
    }
    return yaml.safe_dump([entry], allow_unicode=True, sort_keys=False)
