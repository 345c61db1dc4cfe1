"""States of a duty."""

from enum import StrEnum


class DutyState(StrEnum):
    """Where a duty stands.  Late is late whatever the state of the work."""

    OPEN = "open"
    MET = "met"
    MET_LATE = "met_late"
    LATE = "late"
    CANCELLED = "cancelled"


UNMET = frozenset({DutyState.OPEN, DutyState.LATE})
