"""Where a version stands.  The state follows from what was done and when, so it is computed, never stored."""

from datetime import datetime
from enum import StrEnum


class VersionState(StrEnum):
    """State of a document version; ``announced`` is a document without any text."""

    ANNOUNCED = "announced"
    DRAFT = "draft"
    SCHEDULED = "scheduled"
    IN_FORCE = "in_force"
    SUPERSEDED = "superseded"


class TextKind(StrEnum):
    """Whose words a text is in: the operator's own, or our marked restatement of them."""

    PUBLISHED = "published"
    RESTATEMENT = "restatement"


def state_at(
    at: datetime, *, published_at: datetime | None, in_force_at: datetime, next_in_force_at: datetime | None
) -> VersionState:
    """Say where a version stands at an instant.

    Args:
        at: The instant asked for.
        published_at: When it was published; None for a draft.
        in_force_at: When it takes effect.
        next_in_force_at: When the next published version of the document takes effect, if there is one.
    """
    if published_at is None:
        return VersionState.DRAFT
    if at < in_force_at:
        return VersionState.SCHEDULED
    if next_in_force_at is not None and at >= next_in_force_at:
        return VersionState.SUPERSEDED
    return VersionState.IN_FORCE
