"""States of an incident, and of telling each person it reached."""

from enum import StrEnum


class IncidentState(StrEnum):
    """Where an incident stands."""

    DETECTED = "detected"
    NOTICE_WRITTEN = "notice_written"  # to the authorised body; its sending meets the duty
    CLOSED = "closed"


class Outcome(StrEnum):
    """How an incident ended."""

    RESOLVED = "resolved"
    NO_BREACH = "no_breach"  # looked into: no personal data were touched


class TellState(StrEnum):
    """Where telling one person stands."""

    TO_TELL = "to_tell"
    WRITTEN = "written"  # a letter is in the register; it tells whether it went out
    TOLD = "told"  # another way
    UNREACHABLE = "unreachable"


_S = IncidentState
MOVES: dict[IncidentState, frozenset[IncidentState]] = {
    _S.DETECTED: frozenset({_S.NOTICE_WRITTEN, _S.CLOSED}),
    _S.NOTICE_WRITTEN: frozenset({_S.NOTICE_WRITTEN, _S.CLOSED}),
    _S.CLOSED: frozenset(),
}
