"""States of a letter, and the ways by which it goes out."""

from enum import StrEnum


class LetterState(StrEnum):
    """Where a letter stands."""

    WRITTEN = "written"  # in the register, not yet handed over
    SENT = "sent"
    RETURNED = "returned"  # it came back, or the address was refused


class LetterChannel(StrEnum):
    """How a letter goes out."""

    EMAIL = "email"
    REGISTERED_MAIL = "registered_mail"
    BY_HAND = "by_hand"
    PLATFORM = "platform"


class LetterKind(StrEnum):
    """What a letter is."""

    WITHDRAWAL_REFUSAL = "withdrawal_refusal"
    WITHDRAWAL_ANSWER = "withdrawal_answer"
    REQUEST_ANSWER = "request_answer"
    REQUEST_REFUSAL = "request_refusal"
    CHANGE_NOTICE = "change_notice"
    BREACH_NOTICE = "breach_notice"
    RECIPIENT_NOTICE = "recipient_notice"
    TRANSFER_NOTICE = "transfer_notice"
    AUTHORITY_NOTICE = "authority_notice"
    OTHER = "other"
