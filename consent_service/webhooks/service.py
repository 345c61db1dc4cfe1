"""Use cases on webhooks: naming an address, turning its secret, stopping and starting it, trying it out."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select, update

from consent_service.kernel.db import table_of
from consent_service.kernel.errors import ConflictError, InvalidInputError, NotFoundError
from consent_service.kernel.ids import new_id
from consent_service.kernel.outbound import Outbound
from consent_service.kernel.sealed_columns import SealedColumn
from consent_service.kernel.uow import UnitOfWork
from consent_service.kernel.webhooks import new_secret
from consent_service.ledger.events import EventType
from consent_service.ledger.service import append, operator_stream
from consent_service.operators.access import Role
from consent_service.operators.colleagues import colleagues
from consent_service.operators.service import lock_operator, set_subscribed_kinds
from consent_service.outbox.service import Message, enqueue
from consent_service.webhooks.announcing import owe_deliveries
from consent_service.webhooks.states import KINDS, Because, Kind, WebhookState
from consent_service.webhooks.tables import Webhook
from consent_service.webhooks.words import WEBHOOK_STOPPED

MOST_ACTIVE = 20
DEFAULT_OVERLAP = timedelta(days=1)
LONGEST_OVERLAP = timedelta(days=30)
_WEBHOOKS = table_of(Webhook)
HIDDEN = SealedColumn(_WEBHOOKS.c.sealed)


@dataclass(frozen=True, slots=True, repr=False)
class Hidden:
    """What is sealed of a webhook: its address, and its secrets, the newest first."""

    address: str
    secrets: tuple[str, ...]


def subscribe(uow: UnitOfWork, way: Outbound, address: str, kinds: Sequence[Kind]) -> tuple[UUID, str]:
    """Name an address and the kinds of events that it is told of; returns its id and its secret, shown this once.

    Raises:
        OutboundRefusedError: Nothing is sent to such an address.
        InvalidInputError: No kind was named, or one that cannot be subscribed to.
        ConflictError: There are too many addresses.
    """
    way.check(address)
    if not kinds or not set(kinds) <= set(KINDS):
        raise InvalidInputError.of("events", f"Name at least one of: {', '.join(KINDS)}.")
    lock_operator(uow)
    _check_room(uow)
    webhook_id, secret = new_id(uow.now), new_secret()
    uow.session.execute(
        insert(_WEBHOOKS).values(
            operator_id=uow.operator_id,
            id=webhook_id,
            kinds=sorted({str(kind) for kind in kinds}),
            state=WebhookState.ACTIVE,
            because=None,
            sealed=_seal(uow, webhook_id, Hidden(address, (secret,))),
            previous_until=None,
            failing_since=None,
            resume_at=None,
            created_at=uow.now,
            changed_at=uow.now,
        )
    )
    _record(uow, EventType.WEBHOOK_ADDED, webhook_id, kinds=sorted({str(kind) for kind in kinds}))
    return webhook_id, secret


def rotate_secret(uow: UnitOfWork, webhook_id: UUID, overlap: timedelta) -> str:
    """Make a new secret and return it, shown this once; for the time of the overlap the one before signs too.

    Raises:
        NotFoundError: There is no such webhook.
        InvalidInputError: The overlap is longer than 30 days.
    """
    if not timedelta() <= overlap <= LONGEST_OVERLAP:
        raise InvalidInputError.of("overlap_hours", f"Send 0 to {LONGEST_OVERLAP // timedelta(hours=1)} hours.")
    row = _lock(uow, webhook_id)
    hidden, secret = open_hidden(uow, webhook_id, row.sealed), new_secret()
    _change(
        uow,
        webhook_id,
        sealed=_seal(uow, webhook_id, Hidden(hidden.address, (secret, hidden.secrets[0]))),
        previous_until=uow.now + overlap,
    )
    _record(uow, EventType.WEBHOOK_SECRET_ROTATED, webhook_id)
    return secret


def disable(uow: UnitOfWork, webhook_id: UUID) -> None:
    """Stop telling an address of anything; what is owed to it is given up and kept for a replay.

    Raises:
        NotFoundError: There is no such webhook.
        ConflictError: It is disabled already.
    """
    if _lock(uow, webhook_id).state is WebhookState.DISABLED:
        raise ConflictError("This webhook is disabled already.")
    _stop(uow, webhook_id, Because.BY_HAND)


def enable(uow: UnitOfWork, way: Outbound, webhook_id: UUID) -> None:
    """Tell an address again, of what happens from now on; what was given up meanwhile needs a replay.

    Raises:
        NotFoundError: There is no such webhook.
        ConflictError: It is active already, or there are too many.
        OutboundRefusedError: Nothing is sent to its address any more.
    """
    row = _lock(uow, webhook_id)
    if row.state is WebhookState.ACTIVE:
        raise ConflictError("This webhook is active already.")
    way.check(open_hidden(uow, webhook_id, row.sealed).address)
    _check_room(uow)
    _change(uow, webhook_id, state=WebhookState.ACTIVE, because=None, failing_since=None, resume_at=None)
    _record(uow, EventType.WEBHOOK_ENABLED, webhook_id)


def send_test(uow: UnitOfWork, webhook_id: UUID) -> UUID:
    """Owe an address an event that says nothing, to see whether it arrives; returns the delivery.

    Raises:
        NotFoundError: There is no such webhook.
        ConflictError: It is disabled.
    """
    check_active(uow, webhook_id)
    (delivery_id,) = owe_deliveries(uow, Kind.TEST, [(None, {})], [webhook_id], uow.now)
    return delivery_id


def stop_by_itself(uow: UnitOfWork, webhook_id: UUID, because: Because) -> None:
    """Disable an address that has gone or has taken nothing for days, and tell the operator's owners by mail."""
    if _lock(uow, webhook_id).state is WebhookState.DISABLED:
        return
    _stop(uow, webhook_id, because)
    for one in colleagues(uow):
        if one.role is Role.OWNER:
            facts = {"because": str(because)}
            enqueue(uow, Message(WEBHOOK_STOPPED, webhook_id, one.language, facts, staff_id=one.staff_id))


def check_active(uow: UnitOfWork, webhook_id: UUID) -> None:
    """Refuse to send anything to a webhook that is disabled; one that is disabled meanwhile gives it up again.

    Raises:
        NotFoundError: There is no such webhook.
        ConflictError: It is disabled.
    """
    if _read(uow, webhook_id).state is WebhookState.DISABLED:
        raise ConflictError("This webhook is disabled. Enable it first.")


def open_hidden(uow: UnitOfWork, webhook_id: UUID, sealed: bytes) -> Hidden:
    """Open what is sealed of a webhook."""
    hidden = json.loads(HIDDEN.open(uow, sealed, webhook_id))
    return Hidden(hidden["address"], tuple(hidden["secrets"]))


def _seal(uow: UnitOfWork, webhook_id: UUID, hidden: Hidden) -> bytes:
    plain = json.dumps({"address": hidden.address, "secrets": hidden.secrets}).encode()
    return HIDDEN.seal(uow, plain, webhook_id)


def _lock(uow: UnitOfWork, webhook_id: UUID) -> Any:  # Any: a result row
    """Lock the operator, under whose lock all its webhooks change, and return one of them.

    Whoever holds it waits for no delivery: an erasure locks deliveries first and the operator after them.
    """
    lock_operator(uow)
    return _read(uow, webhook_id)


def _read(uow: UnitOfWork, webhook_id: UUID) -> Any:  # Any: a result row
    row = uow.session.execute(
        select(_WEBHOOKS.c.state, _WEBHOOKS.c.sealed).where(
            _WEBHOOKS.c.operator_id == uow.operator_id, _WEBHOOKS.c.id == webhook_id
        )
    ).first()
    if row is None:
        raise NotFoundError("There is no such webhook.")
    return row


def _check_room(uow: UnitOfWork) -> None:
    active = select(func.count()).where(
        _WEBHOOKS.c.operator_id == uow.operator_id, _WEBHOOKS.c.state == WebhookState.ACTIVE
    )
    if (uow.session.scalar(active) or 0) >= MOST_ACTIVE:
        raise ConflictError(f"There are {MOST_ACTIVE} active webhooks already. Disable one first.")


def _stop(uow: UnitOfWork, webhook_id: UUID, because: Because) -> None:
    _change(uow, webhook_id, state=WebhookState.DISABLED, because=because)
    _record(uow, EventType.WEBHOOK_DISABLED, webhook_id, because=str(because))


def _change(uow: UnitOfWork, webhook_id: UUID, **values: Any) -> None:  # Any: column values
    uow.session.execute(
        update(_WEBHOOKS)
        .where(_WEBHOOKS.c.operator_id == uow.operator_id, _WEBHOOKS.c.id == webhook_id)
        .values(changed_at=uow.now, **values)
    )


def _record(uow: UnitOfWork, event: EventType, webhook_id: UUID, **facts: object) -> None:
    """Append the event, and let the operator's row say what anything is subscribed to; its lock is held."""
    wanted = uow.session.scalars(
        select(_WEBHOOKS.c.kinds).where(
            _WEBHOOKS.c.operator_id == uow.operator_id, _WEBHOOKS.c.state == WebhookState.ACTIVE
        )
    )
    set_subscribed_kinds(uow, {kind for kinds in wanted for kind in kinds})
    append(uow, event, operator_stream(uow.operator_id), {"webhook": str(webhook_id), **facts})
