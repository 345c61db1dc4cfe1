"""How values are written, compared and made less: identifiers by form, generalisation, pseudonyms.  Pure."""

import base64
import datetime as dt
import hmac
import re
from collections.abc import Sequence
from typing import Any

from consent_service.connectors.description import Column
from consent_service.connectors.states import Do, Form

PSEUDONYM_LENGTH = 29
_PSEUDONYM = re.compile(r"ps_[a-z2-7]{26}", re.ASCII)
_HASH_BYTES = 16
_HOME, _TRUNK = "+7", "8"  # an operator's people are reached by eight where there is no plus


def written(form: Form, values: Sequence[str]) -> list[str]:
    """Return identifiers in the form in which a column has them.

    >>> written(Form.TRUNK, ["+77010000000"]), written(Form.DIGITS, ["+77010000000"])
    (['87010000000'], ['77010000000'])
    """
    match form:
        case Form.DIGITS:
            return [value.removeprefix("+") for value in values]
        case Form.TRUNK:
            return [_TRUNK + value.removeprefix(_HOME) for value in values if value.startswith(_HOME)]
        case _:
            return list(values)


def becomes(column: Column, value: Any, fixed: Any, key: bytes) -> Any:  # Any: column values
    """Return what a value becomes; done twice it is as done once.

    ``fixed``: the fixed value as the column takes it.  ``key``: for pseudonyms.
    """
    match column.do:
        case Do.SET_NULL:
            return None
        case Do.FIXED:
            return fixed
        case Do.PSEUDONYMISE:
            return pseudonym(key, value)
        case Do.GENERALISE:
            return generalised(column, value)
        case Do.KEEP:
            return value


def generalised(column: Column, value: Any) -> Any:  # Any: column values
    """Return a value with less in it: the first of January, its first characters, or the next lower step.

    >>> generalised(Column("born_on", Do.GENERALISE, year=True), dt.date(1990, 5, 17))
    datetime.date(1990, 1, 1)
    >>> generalised(Column("post_code", Do.GENERALISE, first=2), "050013")
    '05'
    >>> generalised(Column("age", Do.GENERALISE, step=10), 47)
    40
    """
    if value is None:
        return None
    if column.year:
        first = value.replace(month=1, day=1)
        if isinstance(first, dt.datetime):
            return first.replace(hour=0, minute=0, second=0, microsecond=0)
        return first
    if column.first is not None:
        return value[: column.first]
    return value - value % column.step


def pseudonym(key: bytes, value: Any) -> str | None:  # Any: column values
    """Return the pseudonym of a value, equal for equal values: a keyed hash, and whoever has the key can tell."""
    if value is None or (isinstance(value, str) and _PSEUDONYM.fullmatch(value)):
        return value
    digest = hmac.digest(key, str(value).encode(), "sha256")[:_HASH_BYTES]
    return f"ps_{base64.b32encode(digest).decode().lower().rstrip('=')}"
