"""Which period a pack may be asked for, and what the period means in instants.  Pure."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from consent_service.deadlines.rules import end_of_day
from consent_service.kernel.errors import InvalidInputError

LONGEST = timedelta(days=366 * 5)


@dataclass(frozen=True, slots=True)
class Period:
    """Days of Almaty, the first and the last both in it."""

    since: date
    until: date

    @property
    def from_at(self) -> datetime:
        """The instant at which the first day begins."""
        return end_of_day(self.since - timedelta(days=1))

    @property
    def to_at(self) -> datetime:
        """The instant at which the last day is over."""
        return end_of_day(self.until)

    def holds(self, day: date) -> bool:
        """Say whether a day is in it."""
        return self.since <= day <= self.until


def check_period(period: Period, today: date) -> None:
    """Refuse a period that cannot be told about.

    Raises:
        InvalidInputError: It ends before it begins, has not begun, or is longer than five years.
    """
    if period.until < period.since:
        raise InvalidInputError.of("until", "The last day lies before the first.")
    if period.since > today:
        raise InvalidInputError.of("since", "The period has not begun yet.")
    if period.until - period.since > LONGEST:
        raise InvalidInputError.of("since", "Choose five years at most.")
