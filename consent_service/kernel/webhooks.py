"""Signatures of what is sent to operators' systems, as Standard Webhooks (standardwebhooks.com) writes them."""

import base64
import secrets as randomness
from collections.abc import Sequence
from datetime import UTC, datetime

from standardwebhooks import Webhook

SECRET_BYTES = 32
_PREFIX = "whsec_"


def new_secret() -> str:
    """Return a new secret for HMAC-SHA-256."""
    return _PREFIX + base64.b64encode(randomness.token_bytes(SECRET_BYTES)).decode()


def signed_headers(secrets: Sequence[str], message_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """Return the headers of a message; while a secret is rotated, one signature for each secret.

    ``message_id`` stays the same at every try, ``at`` is the instant of the try.

    Raises:
        ValueError: No secret was given.
    """
    if not secrets:
        msg = "a webhook is signed with at least one secret"
        raise ValueError(msg)
    moment = at.astimezone(UTC)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": " ".join(Webhook(secret).sign(message_id, moment, body.decode()) for secret in secrets),
    }
