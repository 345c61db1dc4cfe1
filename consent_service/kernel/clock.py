"""The only reader of the wall clock.  Everything else is given an instant."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """Return the current instant in UTC, to the microsecond."""
    return datetime.now(UTC)
