"""The closed vocabulary of what can be recorded.  Past tense, no personal data."""

from enum import StrEnum


class EventType(StrEnum):
    """A kind of event in the ledger."""

    OPERATOR_REGISTERED = "operator_registered"
    CREDENTIAL_CREATED = "credential_created"
    CREDENTIAL_REVOKED = "credential_revoked"
    STAFF_ADDED = "staff_added"
    VERSION_PUBLISHED = "version_published"
    CONSENT_RECORDED = "consent_recorded"
    CONSENT_APPROVED = "consent_approved"
    CONSENT_REJECTED = "consent_rejected"
    CONSENT_EXPIRED = "consent_expired"
    RENEWAL_OFFERED = "renewal_offered"
    SUBJECT_SEARCHED = "subject_searched"
    WITHDRAWAL_RECEIVED = "withdrawal_received"
    WITHDRAWAL_EFFECTIVE = "withdrawal_effective"
    WITHDRAWAL_REFUSED = "withdrawal_refused"
    WITHDRAWAL_CANCELLED = "withdrawal_cancelled"
    WITHDRAWAL_CLOSED = "withdrawal_closed"
    ERASURE_ORDERED = "erasure_ordered"
    ERASURE_CANCELLED = "erasure_cancelled"
    ERASURE_DONE = "erasure_done"
    LETTER_WRITTEN = "letter_written"
    LETTER_SENT = "letter_sent"
    LETTER_RETURNED = "letter_returned"
    DUTY_LATE = "duty_late"
    DUTIES_REDATED = "duties_redated"
    EVIDENCE_EXPIRED = "evidence_expired"
