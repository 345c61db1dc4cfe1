"""Opening an event: what it says, held against the leaf that commits to it."""

from typing import Any

import orjson

from consent_service.ledger.leaf import leaf_input

Body = dict[str, Any]  # Any: JSON values


def open_event(row: Any) -> Body | None:  # Any: a row with body, salt and leaf_input
    """Return what an event says; None where it was emptied, or is not what its leaf commits to."""
    if not isinstance(row.body, bytes) or not isinstance(row.salt, bytes):
        return None
    if leaf_input(row.body, row.salt) != row.leaf_input:
        return None
    try:
        body = orjson.loads(row.body)
    except ValueError:
        return None
    return body if isinstance(body, dict) and isinstance(body.get("facts"), dict) else None
