"""A proof of work that a browser does in a moment and a machine must pay for each time (ALTCHA)."""

import secrets
from typing import Any

import altcha

ALGORITHM = "PBKDF2/SHA-256"
COST = 1000
LEAST, SPREAD = 300, 100  # how many keys are tried: about 60 ms, the same for everybody
LONGEST = 4096  # characters of a solution as it is sent


def new_challenge(secret: bytes) -> dict[str, Any]:  # Any: JSON values
    """Return a challenge for one use; whoever asks for it keeps it, and drops it once it is solved."""
    counter = LEAST + secrets.randbelow(SPREAD)
    challenge: dict[str, Any] = altcha.create_challenge(  # Any: as above
        ALGORITHM, COST, counter=counter, hmac_secret=secret
    ).to_dict()
    return challenge


def is_solved(secret: bytes, challenge: dict[str, Any], given: str) -> bool:  # Any: as above
    """Say whether what was sent solves this very challenge."""
    if not given or len(given) > LONGEST or not given.isascii():
        return False
    try:
        payload = altcha.Payload.from_base64(given)
    except (ValueError, KeyError, TypeError, RecursionError):
        return False
    same = payload.challenge.to_dict() == challenge
    return same and bool(altcha.verify_solution(payload, secret).verified)
