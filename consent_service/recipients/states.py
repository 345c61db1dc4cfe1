"""Conditions of a transfer abroad, and where a notice to a recipient stands."""

from enum import StrEnum


class Condition(StrEnum):
    """On which condition of Law 94-V art. 16 data go abroad."""

    PROTECTED = "16(2)"  # the state protects personal data
    CONSENT = "16(3)(1)"
    TREATY = "16(3)(2)"
    LAW = "16(3)(3)"
    RIGHTS = "16(3)(4)"  # the rights of a person, where consent cannot be had


class NoticeKind(StrEnum):
    """What a recipient is asked to do."""

    STOP = "stop"
    DESTROY = "destroy"
    RESUME = "resume"  # the withdrawal was taken back or refused after the recipient had been told to stop


class NoticeState(StrEnum):
    """Where a notice stands."""

    OWED = "owed"  # waits for the mail server
    BY_HAND = "by_hand"  # no address or no mail server: somebody must send it
    RETURNED = "returned"  # the address was refused
    SENT = "sent"
    ACKNOWLEDGED = "acknowledged"


_S = NoticeState
MOVES: dict[NoticeState, frozenset[NoticeState]] = {
    _S.OWED: frozenset({_S.SENT, _S.BY_HAND, _S.RETURNED}),
    _S.BY_HAND: frozenset({_S.SENT}),
    _S.RETURNED: frozenset({_S.SENT}),
    _S.SENT: frozenset({_S.ACKNOWLEDGED}),
    _S.ACKNOWLEDGED: frozenset(),
}
UNSENT = frozenset({_S.OWED, _S.BY_HAND, _S.RETURNED})
