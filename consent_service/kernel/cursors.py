"""Where a page of a list ended: an instant and an id, opaque to callers."""

import base64
import json
from datetime import UTC, datetime
from uuid import UUID

from consent_service.kernel.errors import InvalidInputError


def write_cursor(at: datetime, last: UUID) -> str:
    """Write the place of the last item of a page."""
    raw = json.dumps([at.astimezone(UTC).isoformat(), str(last)]).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def read_cursor(cursor: str) -> tuple[datetime, UUID]:
    """Read what ``write_cursor`` wrote.

    Raises:
        InvalidInputError: It is not one of ours.
    """
    try:
        at, last = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        instant = datetime.fromisoformat(at)
        if instant.tzinfo is None:
            raise ValueError(at)
        return instant, UUID(last)
    except (ValueError, TypeError, AttributeError) as error:
        raise InvalidInputError.of("cursor", "Send the next_cursor of the page before, unchanged.") from error
