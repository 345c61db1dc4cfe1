"""Why somebody is reminded, and the rounds of a day in which it is done."""

from enum import StrEnum


class ReminderKind(StrEnum):
    """Why somebody is reminded of a duty."""

    BEFORE = "before"
    TODAY = "today"
    LATE = "late"


class Round(StrEnum):
    """What is written once a day at an operator."""

    DIGEST = "digest"
    REMINDERS = "reminders"
