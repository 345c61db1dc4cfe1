"""The one form in which JSON is committed to and signed: RFC 8785."""

from collections.abc import Mapping

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


def _is_plain(value: object) -> bool:
    kind = type(value)
    if kind is str or kind is bool or value is None:
        return True
    if kind is int:
        return -_LARGEST <= value <= _LARGEST  # type: ignore[operator]  # its type was looked at above
    if kind is dict:
        return all(type(key) is str and key.isascii() and _is_plain(one) for key, one in value.items())  # type: ignore[attr-defined]  # as above
    return kind is list and all(map(_is_plain, value))  # type: ignore[call-overload]  # as above
