"""Reads about messages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from consent_service.kernel.db import table_of
from consent_service.kernel.uow import UnitOfWork
from consent_service.outbox.states import MessageState
from consent_service.outbox.tables import OutboxMessage

_MESSAGES = table_of(OutboxMessage)
MOST = 10_000


@dataclass(frozen=True, slots=True)
class MessageView:
    """Where a message stands, with the proof that it was sent."""

    id: UUID
    case_id: UUID
    template: str
    state: MessageState
    created_at: datetime
    settled_at: datetime | None
    proof: Mapping[str, Any] | None  # Any: JSON values


_COLUMNS = [_MESSAGES.c[name] for name in MessageView.__dataclass_fields__]


def messages_of(uow: UnitOfWork, case_ids: Sequence[UUID]) -> list[MessageView]:
    """Return the messages of some cases, the earliest first."""
    rows = uow.session.execute(
        select(*_COLUMNS)
        .where(_MESSAGES.c.operator_id == uow.operator_id, _MESSAGES.c.case_id.in_(case_ids))
        .order_by(_MESSAGES.c.created_at, _MESSAGES.c.id)
    )
    return [MessageView(*row) for row in rows]


def to_be_told_by_hand(uow: UnitOfWork) -> Select[UUID]:
    """Return messages to people that must go by another way than mail, as part of another statement.

    Staff are left out: they see everything here.
    """
    return select(_MESSAGES.c.id).where(
        _MESSAGES.c.operator_id == uow.operator_id,
        _MESSAGES.c.state.in_((MessageState.BY_HAND, MessageState.BOUNCED)),
        _MESSAGES.c.staff_id.is_(None),
    )


def owed_since(session: Session, now: datetime) -> datetime | None:
    """Return when the message of all operators was due that is due longest; None where none is."""
    query = select(func.min(_MESSAGES.c.run_after)).where(
        _MESSAGES.c.state == MessageState.OWED, _MESSAGES.c.run_after <= now
    )
    since: datetime | None = session.scalar(query)
    return since


def retried(session: Session) -> int:
    """Count the messages owed, of all operators, that could not be sent before; counted among the next ten thousand."""
    owed = select(_MESSAGES.c.attempts).where(_MESSAGES.c.state == MessageState.OWED)
    some = owed.order_by(_MESSAGES.c.run_after).limit(MOST).subquery()
    return session.scalar(select(func.count()).select_from(some).where(some.c.attempts > 0)) or 0
