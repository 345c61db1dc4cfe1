"""How much a finding weighs, and what it has been held against."""

from enum import StrEnum


class Severity(StrEnum):
    """How much a finding weighs, the heaviest first."""

    BREACH = "breach"  # the text provides what the law forbids, or lacks what a consent must contain
    GAP = "gap"  # the text is silent or open where the law puts a duty on the operator
    RISK = "risk"  # not forbidden by a rule that was read, but consent or its proof may fail on it
    NOTE = "note"  # the law applies without it; worth putting right


class Confirmation(StrEnum):
    """What a finding has been held against."""

    PUBLISHED = "published"  # its clause in the operator's own text says it
    RESTATEMENT = "restatement"  # its clause in our restatement says it; the operator's own text is not here
    UNCONFIRMED = "unconfirmed"  # its clause is missing, or does not say the number
    SILENT = "silent"  # the text says nothing, so there is no clause to hold it against
