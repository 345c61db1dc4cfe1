"""Who of the staff did what an event tells of, so that the acts of one person can be found."""

from uuid import UUID

STAFF = "staff"


def staff_in(actor: str) -> UUID | None:
    """Return the member of staff that an actor names; None where it is something else, or nobody in particular.

    >>> staff_in("job:housekeeping"), staff_in("staff:visitor")
    (None, None)
    """
    kind, _, ref = actor.partition(":")
    try:
        return UUID(ref) if kind == STAFF else None
    except ValueError:
        return None
