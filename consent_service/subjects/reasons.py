"""Why somebody was shown personal data in clear: a closed list, so that a reason itself holds none."""

from enum import StrEnum


class RevealReason(StrEnum):
    """A reason for looking."""

    ANSWER = "answer"  # to answer the person
    REACH = "reach"  # to tell the person something
    IDENTITY = "identity"  # to make sure who asks
    CHECK = "check"  # to check what was recorded
    CLAIM = "claim"  # a claim or a complaint
    AUTHORITY = "authority"  # the authorised body or a court asks
    SYSTEM = "system"  # a system of the operator, by its secret key; why is known there
