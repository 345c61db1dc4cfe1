"""``enqueue()`` writes a message; ``claim_due()``, ``settle()`` and ``retry_later()`` are for its delivery."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import insert, select, update

from consent_service.kernel.db import table_of
from consent_service.kernel.ids import new_id
from consent_service.kernel.uow import UnitOfWork
from consent_service.outbox.states import MessageState
from consent_service.outbox.tables import OutboxMessage
from consent_service.outbox.words import Template

_MESSAGES = table_of(OutboxMessage)
LEASE = timedelta(minutes=5)
FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Owed:
    """A message that was claimed for delivery."""

    id: UUID
    template: Template
    subject_id: UUID
    case_id: UUID
    language: str
    facts: Mapping[str, str]
    attempts: int


def enqueue(
    uow: UnitOfWork, template: Template, *, subject_id: UUID, case_id: UUID, language: str, facts: Mapping[str, str]
) -> UUID:
    """Owe a person a message, from the transaction of its cause."""
    message_id = new_id(uow.now)
    uow.session.execute(
        insert(_MESSAGES).values(
            operator_id=uow.operator_id,
            id=message_id,
            template=str(template),
            subject_id=subject_id,
            case_id=case_id,
            language=language,
            facts=dict(facts),
            state=MessageState.OWED,
            attempts=0,
            run_after=uow.now,
            last_error=None,
            created_at=uow.now,
            settled_at=None,
        )
    )
    return message_id


def claim_due(uow: UnitOfWork) -> Owed | None:
    """Claim one message for five minutes; a sender that died is succeeded after that (so: at least once)."""
    row = uow.session.execute(
        select(_MESSAGES)
        .where(
            _MESSAGES.c.operator_id == uow.operator_id,
            _MESSAGES.c.state == MessageState.OWED,
            _MESSAGES.c.run_after <= uow.now,
        )
        .order_by(_MESSAGES.c.run_after, _MESSAGES.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).first()
    if row is None:
        return None
    uow.session.execute(
        update(_MESSAGES)
        .where(_MESSAGES.c.operator_id == uow.operator_id, _MESSAGES.c.id == row.id)
        .values(attempts=row.attempts + 1, run_after=uow.now + LEASE)
    )
    return Owed(row.id, Template(row.template), row.subject_id, row.case_id, row.language, row.facts, row.attempts + 1)


def settle(uow: UnitOfWork, message_id: UUID, state: MessageState) -> None:
    """Close a message as sent, dropped or to be told by hand."""
    uow.session.execute(
        update(_MESSAGES)
        .where(_MESSAGES.c.operator_id == uow.operator_id, _MESSAGES.c.id == message_id)
        .values(state=state, settled_at=uow.now)
    )


def retry_later(uow: UnitOfWork, message_id: UUID, attempts: int, error: Exception) -> None:
    """Try a message again after a pause that doubles; the error is kept by its kind alone."""
    pause = min(FIRST_PAUSE * 2 ** min(attempts, 20), LONGEST_PAUSE)
    uow.session.execute(
        update(_MESSAGES)
        .where(_MESSAGES.c.operator_id == uow.operator_id, _MESSAGES.c.id == message_id)
        .values(run_after=uow.now + pause, last_error=type(error).__name__)
    )
