"""States of an erasure order and the grounds it may stand on."""

from enum import StrEnum


class OrderState(StrEnum):
    """Where an erasure order stands."""

    SCHEDULED = "scheduled"
    AWAITING_APPROVAL = "awaiting_approval"
    HELD = "held"
    RUNNING = "running"
    FAILED = "failed"
    DONE = "done"
    CANCELLED = "cancelled"


NOT_STARTED = frozenset({OrderState.SCHEDULED, OrderState.HELD, OrderState.AWAITING_APPROVAL})


class Ground(StrEnum):
    """Why data must go: the grounds of Law 94-V art. 18."""

    STORAGE_ENDED = "18(1)"
    RELATION_ENDED = "18(2)"
    COURT_DECISION = "18(3)"
    WITHOUT_CONSENT = "18(3-1)"
    OTHER_LAW = "18(4)"
