"""What is told, and where a webhook and a delivery stand."""

from enum import StrEnum


class Kind(StrEnum):
    """An event that systems can be told of."""

    CONSENT_GIVEN = "consent.given"
    CONSENT_WITHDRAWN = "consent.withdrawn"
    WITHDRAWAL_EFFECTIVE = "withdrawal.effective"
    PERMISSION_CHANGED = "permission.changed"
    ERASURE_ORDERED = "erasure.ordered"
    ERASURE_CANCELLED = "erasure.cancelled"
    ERASURE_DONE = "erasure.done"
    TEST = "webhook.test"


KINDS = tuple(kind for kind in Kind if kind is not Kind.TEST)  # what can be subscribed to


class WebhookState(StrEnum):
    """Whether an address is told of anything."""

    ACTIVE = "active"
    DISABLED = "disabled"


class Because(StrEnum):
    """Why an address is told of nothing."""

    BY_HAND = "by_hand"
    GONE = "gone"  # it answered 410
    FAILING = "failing"  # it took nothing for days


class DeliveryState(StrEnum):
    """Where one event stands on its way to one address."""

    OWED = "owed"
    DELIVERED = "delivered"
    DEAD = "dead"  # given up; kept for a replay
    DROPPED = "dropped"  # it was about a person who has been erased since
