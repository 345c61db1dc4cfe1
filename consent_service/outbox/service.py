"""``enqueue()`` writes a message; ``claim_due()``, ``settle()`` and ``retry_later()`` are for its delivery."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update

from consent_service.kernel.db import changed_rows, table_of
from consent_service.kernel.ids import new_id
from consent_service.kernel.sealed_columns import SealedColumn
from consent_service.kernel.uow import UnitOfWork
from consent_service.outbox.states import MessageState
from consent_service.outbox.tables import OutboxMessage

_MESSAGES = table_of(OutboxMessage)
HIDDEN = SealedColumn(_MESSAGES.c.sealed)
LEASE = timedelta(minutes=5)
FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Message:
    """A message to be owed to a person, a member of staff or an address; ``secret`` is sealed until it is sent."""

    template: str
    case_id: UUID
    language: str
    facts: Mapping[str, str]
    subject_id: UUID | None = None
    staff_id: UUID | None = None
    address: str | None = None
    secret: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Owed:
    """A message that was claimed for delivery."""

    id: UUID
    template: str
    subject_id: UUID | None
    staff_id: UUID | None
    address: str | None
    secret: str | None
    case_id: UUID
    language: str
    facts: Mapping[str, str]
    attempts: int


def enqueue(uow: UnitOfWork, message: Message) -> UUID:
    """Owe somebody a message, from the transaction of its cause."""
    return enqueue_all(uow, [message])[0]


def enqueue_all(uow: UnitOfWork, messages: Sequence[Message]) -> list[UUID]:
    """Owe many messages in one statement; returns their ids in the same order."""
    rows = [_row(uow, message) for message in messages]
    if rows:
        uow.session.execute(insert(_MESSAGES), rows)
    return [row["id"] for row in rows]


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
    hidden: dict[str, str | None] = {"address": None, "secret": None}
    if row.sealed is not None:
        hidden = json.loads(HIDDEN.open(uow, row.sealed, row.id))
    return Owed(
        id=row.id,
        template=row.template,
        subject_id=row.subject_id,
        staff_id=row.staff_id,
        address=hidden["address"],
        secret=hidden["secret"],
        case_id=row.case_id,
        language=row.language,
        facts=row.facts,
        attempts=row.attempts + 1,
    )


def settle(uow: UnitOfWork, message_id: UUID, state: MessageState, proof: Mapping[str, str] | None = None) -> bool:
    """Close a message as sent, bounced, dropped or to be told by hand; False when somebody has closed it before."""
    closed = uow.session.execute(
        update(_MESSAGES)
        .where(
            _MESSAGES.c.operator_id == uow.operator_id,
            _MESSAGES.c.id == message_id,
            _MESSAGES.c.state == MessageState.OWED,
        )
        .values(state=state, settled_at=uow.now, proof=proof, sealed=None)
    )
    return bool(changed_rows(closed))


def drop_unsent(uow: UnitOfWork, case_id: UUID) -> None:
    """Drop the messages of a case that were not sent: what they were to say was said another way."""
    unsent = (MessageState.OWED, MessageState.BY_HAND, MessageState.BOUNCED)
    uow.session.execute(
        update(_MESSAGES)
        .where(
            _MESSAGES.c.operator_id == uow.operator_id, _MESSAGES.c.case_id == case_id, _MESSAGES.c.state.in_(unsent)
        )
        .values(state=MessageState.DROPPED, settled_at=uow.now, sealed=None)
    )


def retry_later(uow: UnitOfWork, message_id: UUID, attempts: int, error: Exception) -> None:
    """Try a message again after a pause that doubles; the error is kept by its kind alone."""
    pause = min(FIRST_PAUSE * 2 ** min(attempts, 20), LONGEST_PAUSE)
    uow.session.execute(
        update(_MESSAGES)
        .where(_MESSAGES.c.operator_id == uow.operator_id, _MESSAGES.c.id == message_id)
        .values(run_after=uow.now + pause, last_error=type(error).__name__)
    )


def _row(uow: UnitOfWork, message: Message) -> dict[str, Any]:  # Any: column values
    message_id = new_id(uow.now)
    sealed = None
    if message.address is not None or message.secret is not None:
        hidden = json.dumps({"address": message.address, "secret": message.secret}).encode()
        sealed = HIDDEN.seal(uow, hidden, message_id)
    return {
        "operator_id": uow.operator_id,
        "id": message_id,
        "template": message.template,
        "subject_id": message.subject_id,
        "staff_id": message.staff_id,
        "case_id": message.case_id,
        "language": message.language,
        "facts": dict(message.facts),
        "sealed": sealed,
        "state": MessageState.OWED,
        "attempts": 0,
        "run_after": uow.now,
        "last_error": None,
        "proof": None,
        "created_at": uow.now,
        "settled_at": None,
    }
