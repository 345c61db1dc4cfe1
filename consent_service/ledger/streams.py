"""What happened in one stream, for the page of a person."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from consent_service.kernel.db import table_of
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.opening import open_event
from consent_service.ledger.tables import LedgerEvent

_EVENTS = table_of(LedgerEvent)


@dataclass(frozen=True, slots=True)
class Told:
    """One event: ``actor`` is None where it was emptied once the evidence term was over."""

    kind: EventType
    at: datetime
    actor: str | None


def latest_of(uow: UnitOfWork, stream: UUID, limit: int) -> list[Told]:
    """Return the latest events of a stream, the latest first."""
    rows = uow.session.execute(
        select(_EVENTS.c.kind, _EVENTS.c.recorded_at, _EVENTS.c.body, _EVENTS.c.salt, _EVENTS.c.leaf_input)
        .where(_EVENTS.c.operator_id == uow.operator_id, _EVENTS.c.stream == stream)
        .order_by(_EVENTS.c.stream_seq.desc())
        .limit(limit)
    )
    found = []
    for row in rows:
        body = open_event(row)
        found.append(Told(row.kind, row.recorded_at, str(body["actor"]) if body else None))
    return found
