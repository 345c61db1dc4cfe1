"""When a check of the ledger is due by itself."""

from datetime import datetime, time, timedelta

from consent_service.deadlines.rules import ALMATY

NIGHTLY = time(3)  # by the clocks of Almaty: after the day's mail and before the keys turn


def night_before(now: datetime) -> datetime:
    """Return the last instant at which a nightly check was due.

    >>> from datetime import UTC
    >>> night_before(datetime(2026, 11, 23, 21, 59, tzinfo=UTC)).astimezone(UTC).isoformat()
    '2026-11-22T22:00:00+00:00'
    >>> night_before(datetime(2026, 11, 23, 22, 0, tzinfo=UTC)).astimezone(UTC).isoformat()
    '2026-11-23T22:00:00+00:00'
    """
    here = now.astimezone(ALMATY)
    tonight = datetime.combine(here.date(), NIGHTLY, ALMATY)
    return tonight if here >= tonight else tonight - timedelta(days=1)
