"""How somebody came to the page of their own consents."""

from enum import StrEnum


class OpenedBy(StrEnum):
    """Who made sure that it is they: the operator's own sign-in, or the mailbox that the link went to."""

    SITE = "site"
    EMAIL = "email"
