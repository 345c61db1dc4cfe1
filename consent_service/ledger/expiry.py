"""Whether the ledger has it on record that the opening of an event was destroyed with the evidence."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from consent_service.kernel.db import table_of
from consent_service.kernel.ids import first_id
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.opening import open_event
from consent_service.ledger.tables import LedgerEvent

_EVENTS = table_of(LedgerEvent)


def is_expired_on_record(uow: UnitOfWork, stream: UUID, leaf_input: bytes) -> bool:
    """Say whether an event was emptied, and another event of the same instant lists its leaf as expired."""
    expired_at = uow.session.scalar(
        select(_EVENTS.c.expired_at).where(
            _EVENTS.c.operator_id == uow.operator_id,
            _EVENTS.c.stream == stream,
            _EVENTS.c.leaf_input == leaf_input,
            _EVENTS.c.body.is_(None),
        )
    )
    if expired_at is None:
        return False
    records = uow.session.execute(
        select(_EVENTS.c.body, _EVENTS.c.salt, _EVENTS.c.leaf_input).where(
            _EVENTS.c.operator_id == uow.operator_id,
            _EVENTS.c.kind == EventType.EVIDENCE_EXPIRED,
            _EVENTS.c.id >= first_id(expired_at),
            _EVENTS.c.id < first_id(expired_at + timedelta(milliseconds=1)),
            _EVENTS.c.recorded_at == expired_at,
        )
    )
    listed = [body["facts"].get("leaves", ()) for body in map(open_event, records) if body is not None]
    return any(leaf_input.hex() in leaves for leaves in listed)
