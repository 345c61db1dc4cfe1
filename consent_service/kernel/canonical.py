"""The one form in which JSON is committed to and signed: RFC 8785."""

from collections.abc import Mapping
from typing import Any

import orjson
import rfc8785

_LARGEST = 2**53 - 1


def canonical(value: Mapping[str, object]) -> bytes:
    """Write a JSON object in RFC 8785 form.

    Where the keys are ASCII and the numbers whole and small, sorted keys give the same bytes, many times as fast.
    """
    if _is_plain(value):
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    return rfc8785.dumps(dict(value))  # type: ignore[arg-type]  # its JSON alias is recursive, ours is not


def _is_plain(value: Mapping[str, object]) -> bool:
    """Say whether all keys are ASCII, and all values texts, whole small numbers, booleans, null, or lists and maps."""
    if type(value) is not dict:
        return False
    waiting: list[Any] = [value]  # Any: maps and lists
    while waiting:
        within = waiting.pop()
        if type(within) is dict:
            if not (set(map(type, within)) <= {str} and "".join(within).isascii()):
                return False
            within = within.values()
        for one in within:
            kind = type(one)
            if kind is dict or kind is list:
                waiting.append(one)
            elif not (kind is str or kind is bool or one is None or (kind is int and -_LARGEST <= one <= _LARGEST)):
                return False
    return True
