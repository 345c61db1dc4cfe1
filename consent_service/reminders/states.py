"""Kinds of reminders, and who wants which."""

from enum import StrEnum


class ReminderKind(StrEnum):
    """Why somebody is reminded of a duty."""

    BEFORE = "before"
    TODAY = "today"
    LATE = "late"
    DIGEST = "digest"
