"""States of a message."""

from enum import StrEnum


class MessageState(StrEnum):
    """Where a message stands.  ``by_hand``: it cannot be mailed, so somebody must tell the person another way."""

    OWED = "owed"
    SENT = "sent"
    BY_HAND = "by_hand"
    DROPPED = "dropped"  # its cause is gone: the person was erased or has answered meanwhile
