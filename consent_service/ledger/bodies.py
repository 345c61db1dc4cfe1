"""What the events of one kind say, at every operator or at some."""

from collections.abc import Iterator
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from consent_service.kernel.db import table_of
from consent_service.ledger.events import EventType
from consent_service.ledger.opening import Body, open_event
from consent_service.ledger.stored import as_stored
from consent_service.ledger.tables import LedgerEvent

_EVENTS = table_of(LedgerEvent)


def bodies_of(session: Session, kind: EventType, *operator_id: int) -> Iterator[tuple[int, UUID, Body]]:
    """Return operator, id and body of each event of a kind that still says something, and what its leaf commits to.

    ``operator_id``: of these operators alone.
    """
    mine = (_EVENTS.c.operator_id.in_(operator_id),) if operator_id else ()
    rows = session.execute(
        select(
            *as_stored(_EVENTS.c.operator_id, _EVENTS.c.id, _EVENTS.c.body, _EVENTS.c.salt, _EVENTS.c.leaf_input)
        ).where(_EVENTS.c.kind == kind, _EVENTS.c.body.is_not(None), *mine)
    )
    for row in rows:
        body = open_event(row)
        if body is not None and body.get("kind") == kind and body.get("operator") == row.operator_id:
            yield row.operator_id, row.id, body
