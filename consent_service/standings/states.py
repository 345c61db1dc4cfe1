"""Where a person stands towards a version of a document that came after the one they are bound by."""

from enum import StrEnum


class StandingState(StrEnum):
    """Where a person stands."""

    WAITING = "waiting"  # posted: binds on its day, or by going on using the service from that day on
    TO_NOTIFY = "to_notify"  # a notice is on its way
    NOT_NOTIFIED = "not_notified"  # it came back, or there is no address: no period runs
    NOTIFIED = "notified"
    ASKED_AGAIN = "asked_again"  # only a fresh consent binds
    ACCEPTED = "accepted"
    OBJECTED = "objected"
    ENDED = "ended"  # nothing stands any more that the version could bind


class How(StrEnum):
    """How a version came to bind a person."""

    EXPLICIT = "explicit"
    IMPLIED = "implied"
    SILENCE = "silence"
    USE = "use"
    NOTICE = "notice"
    POSTING = "posting"


class NoticeOutcome(StrEnum):
    """What came of a notice that a person at the operator tells us of."""

    TOLD = "told"
    RETURNED = "returned"


class Effect(StrEnum):
    """What an objection leads to, by the document."""

    AGREEMENT_ENDS = "agreement_ends"
    MAY_TERMINATE = "may_terminate"
    STOP_USING = "stop_using"
    OLD_TERMS_STAND = "old_terms_stand"


_S = StandingState
MOVES: dict[StandingState, frozenset[StandingState]] = {
    _S.WAITING: frozenset({_S.ACCEPTED, _S.OBJECTED, _S.ENDED}),
    _S.TO_NOTIFY: frozenset({_S.NOTIFIED, _S.NOT_NOTIFIED, _S.ACCEPTED, _S.OBJECTED, _S.ENDED}),
    _S.NOT_NOTIFIED: frozenset({_S.NOTIFIED, _S.ACCEPTED, _S.OBJECTED, _S.ENDED}),
    _S.NOTIFIED: frozenset({_S.ACCEPTED, _S.OBJECTED, _S.NOT_NOTIFIED, _S.ENDED}),
    _S.ASKED_AGAIN: frozenset({_S.ACCEPTED, _S.OBJECTED, _S.ENDED}),
    # An objection or a returned notice that is recorded late undoes what was deemed meanwhile.
    _S.ACCEPTED: frozenset({_S.OBJECTED, _S.NOT_NOTIFIED}),
    _S.OBJECTED: frozenset({_S.ACCEPTED}),  # explicitly
    _S.ENDED: frozenset({_S.ACCEPTED}),  # explicitly
}
OPEN = frozenset({_S.WAITING, _S.TO_NOTIFY, _S.NOT_NOTIFIED, _S.NOTIFIED, _S.ASKED_AGAIN})
