"""The canonical bytes of one event and its salted commitment: the leaf of the log to come.

``commitment = HMAC-SHA-256(salt, "consent-ledger/leaf/v1" 0x00 body)`` with ``body`` in RFC 8785 form; the leaf input
is ``0x01 | commitment``.  Without the salt a leaf says nothing of its event, so the salt goes when the evidence does.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

import orjson
import rfc8785

from consent_service.kernel.crypto import commitment

_DOMAIN = b"consent-ledger/leaf/v1\x00"
_VERSION = b"\x01"
SALT_BYTES = 32
_LARGEST = 2**53 - 1


@dataclass(frozen=True, slots=True)
class Leaf:
    """A body in canonical bytes, the salt that hides it, and the leaf input of 33 bytes."""

    body: bytes
    salt: bytes
    leaf_input: bytes


def make_leaf(body: Mapping[str, object]) -> Leaf:
    """Commit to an event body (strings, whole numbers, booleans, null, lists, maps)."""
    written = canonical(body)
    salt = secrets.token_bytes(SALT_BYTES)
    return Leaf(written, salt, leaf_input(written, salt))


def canonical(body: Mapping[str, object]) -> bytes:
    """Write a body in RFC 8785 form.

    Where the keys are ASCII and the numbers whole and small, sorted keys give the same bytes, thirty times as fast.
    """
    if _is_plain(body):
        return orjson.dumps(body, option=orjson.OPT_SORT_KEYS)
    return rfc8785.dumps(dict(body))  # type: ignore[arg-type]  # its JSON alias is recursive, ours is not


def leaf_input(body: bytes, salt: bytes) -> bytes:
    """Return the leaf input that ``body`` and ``salt`` must give."""
    return _VERSION + commitment(salt, _DOMAIN + body)


def _is_plain(value: object) -> bool:
    kind = type(value)
    if kind is str or kind is bool or value is None:
        return True
    if kind is int:
        return -_LARGEST <= value <= _LARGEST  # type: ignore[operator]  # its type was looked at above
    if kind is dict:
        return all(type(key) is str and key.isascii() and _is_plain(one) for key, one in value.items())  # type: ignore[attr-defined]  # as above
    return kind is list and all(map(_is_plain, value))  # type: ignore[call-overload]  # as above
