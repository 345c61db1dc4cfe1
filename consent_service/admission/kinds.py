"""The ways in which a route can be open: to everybody, by a link or a site's key, to an account, to roles."""

from dataclasses import dataclass
from enum import StrEnum

from consent_service.operators.access import Role


class Open(StrEnum):
    """Who needs no secret key and no role."""

    EVERYBODY = "everybody"
    LINK = "link"  # whoever holds the link: a token in the address
    SITE = "site"  # browsers that come with the public key of a site
    ACCOUNT = "account"  # whoever is signed in, with a role or without
    ACCOUNT_ANEW = "account_anew"  # the same, having just said again who they are


@dataclass(frozen=True, slots=True)
class Staff:
    """Roles at the operator that the address names.

    ``own_case``: whoever a case was given to as well, for that case alone.
    ``anew``: only a few minutes after the person has said again who they are.
    """

    roles: frozenset[Role]
    own_case: bool = False
    anew: bool = False

    def admits(self, role: Role) -> bool:
        """Say whether a role comes in here at all; which cases are somebody's own is seen at the door."""
        return role in self.roles or (self.own_case and role is Role.ASSIGNEE)
