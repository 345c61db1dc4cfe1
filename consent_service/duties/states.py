"""States of a duty, the moments that duties are counted from, and what a clock log records."""

from enum import StrEnum


class DutyState(StrEnum):
    """Where a duty stands.  Late is late whatever the state of the work."""

    OPEN = "open"
    MET = "met"
    MET_LATE = "met_late"
    LATE = "late"
    CANCELLED = "cancelled"


UNMET = frozenset({DutyState.OPEN, DutyState.LATE})
MET = frozenset({DutyState.MET, DutyState.MET_LATE})


class Moment(StrEnum):
    """An event that periods of a case are counted from."""

    RECEIVED = "received"
    EFFECTIVE = "effective"  # a withdrawal has taken effect
    ENDED = "ended"  # a term or a relation is over
    DETECTED = "detected"  # a breach
    CONFIRMED = "confirmed"  # a violation
    NOT_CONFIRMED = "not_confirmed"
    HAPPENED = "happened"  # a transfer


class ClockKind(StrEnum):
    """What an entry of the clock log records."""

    STARTED = "started"  # a moment, when it became known
    CORRECTED = "corrected"  # a moment, put right
    RECALCULATED = "recalculated"  # dates moved by a new edition of the calendar or of the law
    IDENTITY_ASKED = "identity_asked"
    IDENTITY_CONFIRMED = "identity_confirmed"
    DECIDED = "decided"


STARTING = frozenset({ClockKind.STARTED, ClockKind.CORRECTED})
