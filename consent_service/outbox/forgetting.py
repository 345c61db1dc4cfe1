"""Messages are kept as long as somebody may have to prove that they went out."""

from datetime import datetime

from sqlalchemy import delete, select

from consent_service.kernel.db import changed_rows, table_of
from consent_service.kernel.uow import UnitOfWork
from consent_service.outbox.tables import OutboxMessage

_MESSAGES = table_of(OutboxMessage)


def forget_messages(uow: UnitOfWork, before: datetime, limit: int) -> int:
    """Delete messages that were settled before an instant; returns how many."""
    old = (
        select(_MESSAGES.c.id)
        .where(_MESSAGES.c.operator_id == uow.operator_id, _MESSAGES.c.settled_at < before)
        .limit(limit)
    )
    gone = delete(_MESSAGES).where(_MESSAGES.c.operator_id == uow.operator_id, _MESSAGES.c.id.in_(old))
    return changed_rows(uow.session.execute(gone))
