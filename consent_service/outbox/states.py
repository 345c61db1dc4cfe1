"""States of a message."""

from enum import StrEnum


class MessageState(StrEnum):
    """Where a message stands.  ``by_hand``: it cannot be mailed, so somebody must tell the person another way."""

    OWED = "owed"
    SENT = "sent"  # a mail server took it; its answer is the proof
    BOUNCED = "bounced"  # a mail server refused it for good, or it came back
    BY_HAND = "by_hand"
    DROPPED = "dropped"  # its cause is gone: the person was erased or has answered meanwhile
