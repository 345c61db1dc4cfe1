"""Where a page of a list ended: an instant or a day, and an id; opaque to callers."""

import base64
import json
from datetime import UTC, date, datetime
from typing import overload
from uuid import UUID

from consent_service.kernel.errors import InvalidInputError


def write_cursor(at: datetime | date, last: UUID) -> str:
    """Write the place of the last item of a page."""
    when = at.astimezone(UTC) if isinstance(at, datetime) else at
    raw = json.dumps([when.isoformat(), str(last)]).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


@overload
def read_cursor(cursor: str) -> tuple[datetime, UUID]: ...
@overload
def read_cursor(cursor: str, kind: type[date]) -> tuple[date, UUID]: ...
def read_cursor(cursor: str, kind: type[date] = datetime) -> tuple[date, UUID]:
    """Read what ``write_cursor`` wrote; ``kind`` says whether it was an instant or a day.

    Raises:
        InvalidInputError: It is not one of ours.
    """
    try:
        at, last = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        when = kind.fromisoformat(at)
        if isinstance(when, datetime):
            if when.tzinfo is None:
                raise ValueError(at)
            when = when.astimezone(UTC)
        return when, UUID(last)
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise InvalidInputError.of("cursor", "Send the next_cursor of the page before, unchanged.") from error
