"""States of a consent, per purpose."""

from enum import StrEnum


class ConsentState(StrEnum):
    """Where the answer to one purpose stands.

    ``BLOCKED`` is only shown, never kept: a blocking stands over an answer that goes its own way beneath it.
    """

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


LIVE = frozenset(
    {
        ConsentState.PENDING_APPROVAL,
        ConsentState.ACTIVE,
        ConsentState.IMPLIED,
        ConsentState.WITHDRAWAL_PENDING,
    }
)
OVER = frozenset({ConsentState.WITHDRAWN, ConsentState.EXPIRED})
GIVEN = frozenset({ConsentState.ACTIVE, ConsentState.IMPLIED})  # what a person has just said, where it stands at once
WITHDRAWABLE = LIVE - {ConsentState.WITHDRAWAL_PENDING}


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
    IMPORTED = "imported"  # out of a file of former answers: it proves only that the operator asserted it then
