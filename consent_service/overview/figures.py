"""Which figures there are."""

from enum import StrEnum


class Figure(StrEnum):
    """A figure of the page of today."""

    LATE = "late"
    SOON = "soon"
    UNIDENTIFIED = "unidentified"  # requests whose asker is not known
    NOT_EXECUTED = "not_executed"  # withdrawals in effect whose data are not destroyed everywhere
    PAST_RETENTION = "past_retention"
    BREACHES = "breaches"  # the clock to the authorised body runs
    LACKING_LANGUAGE = "lacking_language"
    UNSIGNED = "unsigned"  # percent of what the worst form sent
    WEBHOOKS = "webhooks"
    BY_HAND = "by_hand"
    LEDGER = "ledger"
    JOBS = "jobs"
