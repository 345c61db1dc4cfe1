"""Passwords: argon2id, and no more than two at a time for the memory that each takes."""

import threading
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from consent_service.kernel.errors import InvalidInputError
from consent_service.kernel.ids import new_token

SHORTEST = 12
LONGEST = 256
HASHER = PasswordHasher()
_AT_ONCE = threading.BoundedSemaphore(2)  # argon2id takes 64 MiB and a tenth of a second each


def hash_new(password: str) -> str:
    """Return what is kept of a new password.

    Raises:
        InvalidInputError: It is too short or too long.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise InvalidInputError.of("password", f"Choose {SHORTEST} to {LONGEST} characters.")
    return HASHER.hash(password)


@cache
def of_nobody() -> str:
    """Return a hash to compare with when the account is unknown, so that the answer takes as long."""
    return HASHER.hash(new_token())


def matches(password_hash: str, password: str) -> bool:
    """Compare a password, for a tenth of a second: outside any transaction."""
    with _AT_ONCE:
        of_nobody()  # made with the first comparison of the process, whoever it is of
        try:
            return HASHER.verify(password_hash, password[:LONGEST])
        except (VerifyMismatchError, InvalidHashError):
            return False
