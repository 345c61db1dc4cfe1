"""Where a withdrawal stands, and the arrows between."""

from enum import StrEnum


class WithdrawalState(StrEnum):
    """State of a withdrawal (Law 94-V art. 8)."""

    RECEIVED = "received"
    SCHEDULED = "scheduled"  # accepted; takes effect on a later day
    EFFECTIVE = "effective"  # processing has stopped; the erasure is ordered
    ERASING = "erasing"
    REFUSED = "refused"  # reasoned refusal: one of the three bars applies
    CLOSED = "closed"
    CANCELLED = "cancelled"  # taken back, or the person has consented again


_S = WithdrawalState
MOVES: dict[WithdrawalState, frozenset[WithdrawalState]] = {
    _S.RECEIVED: frozenset({_S.SCHEDULED, _S.EFFECTIVE, _S.REFUSED}),
    _S.SCHEDULED: frozenset({_S.EFFECTIVE, _S.REFUSED, _S.CANCELLED}),
    _S.EFFECTIVE: frozenset({_S.ERASING, _S.REFUSED, _S.CANCELLED, _S.CLOSED}),
    _S.ERASING: frozenset({_S.CLOSED}),
    _S.REFUSED: frozenset({_S.SCHEDULED, _S.EFFECTIVE}),  # the bar has fallen away
    _S.CLOSED: frozenset(),
    _S.CANCELLED: frozenset(),
}
MOVABLE = TAKEN_BACK_FROM = frozenset({_S.SCHEDULED, _S.EFFECTIVE})
IN_COURSE = frozenset({_S.RECEIVED, _S.SCHEDULED, _S.EFFECTIVE, _S.ERASING})
NOT_EXECUTED = frozenset({_S.EFFECTIVE, _S.ERASING})  # processing has stopped; data are not gone everywhere
GRANTED_AGAIN = "granted_again"  # what ends a withdrawal when the person consents again


class WithdrawalChannel(StrEnum):
    """How a withdrawal reached the operator: any way whose receipt can be confirmed (art. 8(1))."""

    REGISTERED_MAIL = "registered_mail"
    WRITTEN_APPLICATION = "written_application"
    EMAIL = "email"
    PLATFORM = "platform"
    FORM = "form"
    PHONE = "phone"


class Bar(StrEnum):
    """The only grounds on which a withdrawal may be refused (art. 8(2) and 8(7))."""

    LAW = "law"
    OBLIGATION = "obligation"
    STORAGE_REQUIRED = "storage_required"


class Matter(StrEnum):
    """What a notice puts an end to."""

    CONSENT = "consent"
    PARTS = "parts"  # some things that are done with the data, while the consent stands (art. 24(1)(5))
    AGREEMENT = "agreement"


class Part(StrEnum):
    """What a consent covers and a person may take back by itself (art. 24(1)(5))."""

    THIRD_PARTIES = "third_parties"
    PUBLICATION = "publication"
    CROSS_BORDER = "cross_border"
