"""States of a recalculation."""

from enum import StrEnum


class RecalculationState(StrEnum):
    """Where a recalculation stands."""

    APPROVED = "approved"  # somebody has seen the differences and decided; the worker carries it out
    DONE = "done"
