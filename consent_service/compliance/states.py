"""How grave a finding is."""

from enum import StrEnum


class Severity(StrEnum):
    """Against the law as read; not said though it must be; a risk; a note."""

    BREACH = "breach"
    GAP = "gap"
    RISK = "risk"
    NOTE = "note"
