"""Identifiers: time-ordered UUIDs (RFC 9562, version 7) and opaque tokens."""

import secrets
from datetime import datetime
from uuid import UUID

_VERSION_7 = 0x7 << 76
_VARIANT = 0x2 << 62
_RANDOM_62 = (1 << 62) - 1


def new_id(now: datetime) -> UUID:
    """Return a version 7 UUID of the instant ``now``: inserts stay together in an index."""
    milliseconds = int(now.timestamp() * 1000) & 0xFFFF_FFFF_FFFF
    random = int.from_bytes(secrets.token_bytes(10))
    return UUID(int=milliseconds << 80 | _VERSION_7 | (random >> 62 & 0xFFF) << 64 | _VARIANT | random & _RANDOM_62)


def new_token(prefix: str = "", size_bytes: int = 32) -> str:
    """Return an unguessable token, URL-safe."""
    return prefix + secrets.token_urlsafe(size_bytes)


def first_id(at: datetime) -> UUID:
    """Return the least version 7 UUID of an instant: whatever was made before it is less."""
    milliseconds = max(int(at.timestamp() * 1000), 0) & 0xFFFF_FFFF_FFFF
    return UUID(int=milliseconds << 80 | _VERSION_7 | _VARIANT)
