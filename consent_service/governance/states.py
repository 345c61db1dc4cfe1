"""What an entry of the registers is about, and the classes of operators."""

from enum import StrEnum


class EntryKind(StrEnum):
    """What was done and is recorded."""

    DPO_ORDER = "dpo_order"  # the order that appoints whoever is in charge (Law 94-V art. 25(2)(10))
    BRIEFING = "briefing"  # of staff (art. 25(3))
    ACCESS = "access"  # who may see the data, beside those who sign in here
    START_NOTICE = "start_notice"  # a large operator tells the authorised body before it starts (art. 25-1)
    STOP_NOTICE = "stop_notice"
    OTHER = "other"


class SizeClass(StrEnum):
    """Class of an operator by the number of people (art. 10-1)."""

    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"
