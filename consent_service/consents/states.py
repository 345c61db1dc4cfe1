"""States of a consent, per purpose."""

from enum import StrEnum


class ConsentState(StrEnum):
    """Where the answer to one purpose stands."""

    PENDING_APPROVAL = "pending_approval"
    ACTIVE = "active"
    DECLINED = "declined"
    IMPLIED = "implied"
    REJECTED = "rejected"
    WITHDRAWAL_PENDING = "withdrawal_pending"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"
    BLOCKED = "blocked"


_S = ConsentState
MOVES: dict[ConsentState, frozenset[ConsentState]] = {
    _S.PENDING_APPROVAL: frozenset({_S.ACTIVE, _S.REJECTED, _S.WITHDRAWN, _S.SUPERSEDED}),
    _S.ACTIVE: frozenset({_S.WITHDRAWAL_PENDING, _S.WITHDRAWN, _S.EXPIRED, _S.SUPERSEDED, _S.BLOCKED}),
    _S.IMPLIED: frozenset({_S.WITHDRAWAL_PENDING, _S.WITHDRAWN, _S.EXPIRED, _S.SUPERSEDED, _S.BLOCKED}),
    _S.WITHDRAWAL_PENDING: frozenset({_S.ACTIVE, _S.IMPLIED, _S.WITHDRAWN, _S.SUPERSEDED, _S.EXPIRED}),
    _S.WITHDRAWN: frozenset({_S.ACTIVE, _S.IMPLIED}),  # taken back, or refused with a bar
    _S.BLOCKED: frozenset({_S.ACTIVE, _S.IMPLIED, _S.WITHDRAWN, _S.SUPERSEDED, _S.EXPIRED}),
    _S.DECLINED: frozenset(),
    _S.REJECTED: frozenset(),
    _S.EXPIRED: frozenset(),
    _S.SUPERSEDED: frozenset(),
}

LIVE = frozenset({_S.PENDING_APPROVAL, _S.ACTIVE, _S.IMPLIED, _S.WITHDRAWAL_PENDING, _S.BLOCKED})
WITHDRAWABLE = frozenset({_S.PENDING_APPROVAL, _S.ACTIVE, _S.IMPLIED, _S.BLOCKED})


class Channel(StrEnum):
    """How an answer reached the operator."""

    WEB = "web"
    PAPER = "paper"
    PHONE = "phone"
    EMAIL = "email"
    IMPORT = "import"


class Act(StrEnum):
    """What the person did."""

    TICKED = "ticked"
    PRESSED = "pressed"
    SIGNED = "signed"
    SAID = "said"
    USED = "used"  # went on using the service: never more than implied


class EvidenceGrade(StrEnum):
    """How strong the proof of an answer is."""

    WIDGET_SIGNED = "widget_signed"
    SITE_ATTESTED = "site_attested"
    OPERATOR_RECORDED = "operator_recorded"
