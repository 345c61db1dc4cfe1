"""Pure decisions on deliveries: what an answer means, when the next try is, when to give up."""

from datetime import datetime, timedelta
from enum import StrEnum
from http import HTTPStatus

FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(hours=8)
LONGEST_REST = timedelta(minutes=15)
GIVEN_UP_AFTER = timedelta(days=3)
LEAST_TRIES = 5
STOPPED_AFTER = timedelta(days=5)
# The receiver has read this very message and will not take it: another try would not change that.
_REFUSALS = frozenset(
    {
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        HTTPStatus.UNPROCESSABLE_ENTITY,
    }
)


class Verdict(StrEnum):
    """What a try came to."""

    TAKEN = "taken"
    REFUSED = "refused"
    GONE = "gone"
    LATER = "later"


def verdict(status: int | None) -> Verdict:
    """Say what an answer means; None stands for no answer.

    >>> [str(verdict(status)) for status in (204, 422, 410, 500, 401, None)]
    ['taken', 'refused', 'gone', 'later', 'later', 'later']
    """
    if status is None:
        return Verdict.LATER
    if status in range(200, 300):
        return Verdict.TAKEN
    if status == HTTPStatus.GONE:
        return Verdict.GONE
    return Verdict.REFUSED if status in _REFUSALS else Verdict.LATER


def pause(waited: timedelta, longest: timedelta, chance: float) -> timedelta:
    """Return how long to wait: about as long as was waited already, so that pauses double.

    ``chance`` from 0 to 1 spreads those who failed together over four fifths to six fifths of it.

    >>> [str(pause(timedelta(minutes=minutes), LONGEST_PAUSE, 0.5)) for minutes in (0, 10, 6000)]
    ['0:00:05', '0:10:00', '8:00:00']
    """
    return min(max(waited, FIRST_PAUSE), longest) * (0.8 + 0.4 * chance)


def is_given_up(owed_since: datetime, now: datetime, tries: int) -> bool:
    """Say whether a delivery was tried for long enough, and often enough where no worker ran meanwhile."""
    return tries >= LEAST_TRIES and now - owed_since >= GIVEN_UP_AFTER


def is_stopped(failing_since: datetime | None, now: datetime) -> bool:
    """Say whether an address took nothing for so long that nothing is sent there any more."""
    return failing_since is not None and now - failing_since >= STOPPED_AFTER
