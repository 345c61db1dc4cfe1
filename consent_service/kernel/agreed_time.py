"""Whether the clock of this machine agrees with that of the database, which all nodes share.

Several nodes write one ledger, in which time goes on, and start and end what people may rely on.  A node whose clock is
wrong would write what never verifies again, so it serves nothing until the clock is set.
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import DateTime, func, select
from sqlalchemy.orm import Session

from consent_service.kernel.clock import Clock
from consent_service.kernel.errors import ClockError

TOLERATED = timedelta(minutes=1)
_UNEVEN = timedelta(seconds=1)
_ASKED_EVERY = timedelta(minutes=1)


class AgreedTime:
    """Asks the database for its time now and then, and at once when the clock has not gone on evenly since."""

    def __init__(self, clock: Clock, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._monotonic = clock, monotonic
        self._right: tuple[datetime, float] | None = None

    def is_known(self, now: datetime) -> bool:
        """Say, without asking anybody, whether an instant of this clock is right."""
        if self._right is None:
            return False
        at, ticks = self._right
        passed = timedelta(seconds=self._monotonic() - ticks)
        return passed < _ASKED_EVERY and abs(now - at - passed) < _UNEVEN

    def check(self, session: Session, now: datetime) -> None:
        """Refuse an instant of this clock that the database does not bear out.

        Raises:
            ClockError: The two differ by more than a minute.
        """
        if self.is_known(now):
            return
        shared = session.scalar(select(func.clock_timestamp(type_=DateTime(timezone=True))))
        after, ticks = self._clock(), self._monotonic()
        if shared is None or not now - TOLERATED <= shared <= after + TOLERATED:
            raise ClockError(
                "The clock of this machine differs from that of the database by more than a minute. Nothing was "
                "stored; ask another node, and set both clocks by NTP."
            )
        self._right = after, ticks
