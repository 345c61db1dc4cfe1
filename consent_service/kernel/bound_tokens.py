"""Tokens that stand in addresses: unguessable, and bound to the operator whose number they begin with."""

import re

from consent_service.kernel.errors import NotFoundError
from consent_service.kernel.ids import new_token
from consent_service.kernel.uow import UNBOUND

_TOKEN = re.compile(r"([0-9a-f]{1,7})\.[A-Za-z0-9_-]{43}", re.ASCII)  # 256 random bits behind the operator's number


def new_bound_token(operator_id: int) -> str:
    """Return a token of an operator."""
    return new_token(f"{operator_id:x}.")


def operator_of(token: str) -> int:
    """Return the operator that a token says it is of.

    Raises:
        NotFoundError: It is no token of ours.
    """
    found = _TOKEN.fullmatch(token)
    number = UNBOUND if found is None else int(found[1], 16)
    if number == UNBOUND:
        raise NotFoundError("There is nothing under this address.")
    return number
