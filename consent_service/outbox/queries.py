"""Reads about messages."""

from sqlalchemy import func, select

from consent_service.kernel.db import table_of
from consent_service.kernel.uow import UnitOfWork
from consent_service.outbox.states import MessageState
from consent_service.outbox.tables import OutboxMessage

_MESSAGES = table_of(OutboxMessage)


def count_by_hand(uow: UnitOfWork) -> int:
    """Return how many people must be told by another way than mail."""
    return (
        uow.session.scalar(
            select(func.count())
            .select_from(_MESSAGES)
            .where(_MESSAGES.c.operator_id == uow.operator_id, _MESSAGES.c.state == MessageState.BY_HAND)
        )
        or 0
    )
