"""Opening an event: what it says, held against the leaf that commits to it."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from consent_service.kernel.db import table_of
from consent_service.kernel.errors import LedgerError
from consent_service.ledger.events import EventType
from consent_service.ledger.leaf import leaf_input
from consent_service.ledger.stored import as_stored
from consent_service.ledger.tables import LedgerEvent

_EVENTS = table_of(LedgerEvent)

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


def last_facts(session: Session, stream: UUID, kinds: Collection[EventType]) -> Body | None:
    """Return the facts of the latest event of some kinds in a stream of the installation; None where there is none.

    Raises:
        LedgerError: It is not what its leaf commits to.
    """
    row = session.execute(
        select(*as_stored(_EVENTS.c.body, _EVENTS.c.salt, _EVENTS.c.leaf_input))
        .where(_EVENTS.c.operator_id == stream.int, _EVENTS.c.stream == stream, _EVENTS.c.kind.in_(kinds))
        .order_by(_EVENTS.c.stream_seq.desc())
        .limit(1)
    ).first()
    if row is None:
        return None
    body = open_event(row)
    if body is None:
        raise LedgerError("An event of the installation was altered: run ledger verify.")
    facts: Body = body["facts"]
    return facts
