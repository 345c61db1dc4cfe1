"""Delivering: claiming what is owed, and settling what a try came to."""

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, or_, select, update

from consent_service.kernel.db import changed_rows, table_of, write_instant
from consent_service.kernel.errors import NotFoundError
from consent_service.kernel.uow import UnitOfWork
from consent_service.subjects.service import reveal_ref
from consent_service.webhooks.announcing import REFERENCE
from consent_service.webhooks.rules import (
    LONGEST_PAUSE,
    LONGEST_REST,
    Verdict,
    is_given_up,
    is_stopped,
    pause,
    verdict,
)
from consent_service.webhooks.service import open_hidden, stop_by_itself
from consent_service.webhooks.states import Because, DeliveryState, WebhookState
from consent_service.webhooks.tables import Webhook, WebhookAttempt, WebhookDelivery

LEASE = timedelta(minutes=1)
_WEBHOOKS = table_of(Webhook)
_DELIVERIES = table_of(WebhookDelivery)
_ATTEMPTS = table_of(WebhookAttempt)
_CHANCES = 1_000


@dataclass(frozen=True, slots=True, repr=False)
class Claimed:
    """A delivery that was claimed, with all that sending it takes."""

    id: UUID
    webhook_id: UUID
    number: int
    at: datetime
    owed_since: datetime
    address: str
    secrets: tuple[str, ...]
    body: bytes


@dataclass(frozen=True, slots=True)
class Tried:
    """What came back: a status, or the kind of trouble."""

    status: int | None = None
    error: str | None = None


def claim_due(uow: UnitOfWork) -> Claimed | None:
    """Claim one delivery for a minute; a worker that died is succeeded after that (so: at least once).

    What is about a person who is not known any more is dropped; when nothing is due, what is owed to addresses that
    are disabled is given up.
    """
    for webhook in _waited_for(uow):
        while (row := _first_due(uow, webhook.id)) is not None:
            try:
                body = _body(uow, row)
            except NotFoundError:
                _set(uow, row.id, state=DeliveryState.DROPPED, settled_at=uow.now)
                continue
            return _claim(uow, webhook, row, body)
    _give_up_disabled(uow)
    return None


def settle(uow: UnitOfWork, claimed: Claimed, tried: Tried) -> bool:
    """Write down what a try came to and what follows; False where it must be tried again, or was given up.

    A worker that was too slow, so that another one has claimed the delivery since, settles nothing.
    """
    uow.session.execute(
        update(_ATTEMPTS)
        .where(
            _ATTEMPTS.c.operator_id == uow.operator_id,
            _ATTEMPTS.c.delivery_id == claimed.id,
            _ATTEMPTS.c.number == claimed.number,
        )
        .values(status=tried.status, error=tried.error)
    )
    found = verdict(tried.status)
    because = _why_stop(uow, claimed.webhook_id, found)
    if because is not None:
        stop_by_itself(uow, claimed.webhook_id, because)  # this delivery is given up soon, with the others
        return False
    match found:
        case Verdict.TAKEN:
            values: dict[str, Any] = {"state": DeliveryState.DELIVERED, "settled_at": uow.now, "sealed": None}
        case Verdict.LATER if not is_given_up(claimed.owed_since, uow.now, claimed.number):
            values = {"run_after": uow.now + pause(uow.now - claimed.owed_since, LONGEST_PAUSE, _chance())}
        case _:
            values = {"state": DeliveryState.DEAD, "settled_at": uow.now}
    if not _set(uow, claimed.id, number=claimed.number, **values):
        return False
    if found is Verdict.LATER:
        _rest(uow, claimed.webhook_id)
    else:
        _answered(uow, claimed.webhook_id)
    return found is Verdict.TAKEN


def _give_up_disabled(uow: UnitOfWork) -> None:
    disabled = select(_WEBHOOKS.c.id).where(
        _WEBHOOKS.c.operator_id == uow.operator_id, _WEBHOOKS.c.state == WebhookState.DISABLED
    )
    uow.session.execute(
        update(_DELIVERIES)
        .where(
            _DELIVERIES.c.operator_id == uow.operator_id,
            _DELIVERIES.c.webhook_id.in_(disabled),
            _DELIVERIES.c.state == DeliveryState.OWED,
        )
        .values(state=DeliveryState.DEAD, settled_at=uow.now)
    )


def _waited_for(uow: UnitOfWork) -> Sequence[Any]:  # Any: result rows
    """Return the addresses that something is due for, who has waited longest first; those that rest are left alone.

    However much is owed to each, this reads one entry of an index for it.
    """
    since = (
        select(func.min(_DELIVERIES.c.run_after))
        .where(
            _DELIVERIES.c.operator_id == uow.operator_id,
            _DELIVERIES.c.webhook_id == _WEBHOOKS.c.id,
            _DELIVERIES.c.state == DeliveryState.OWED,
        )
        .scalar_subquery()
    )
    return uow.session.execute(
        select(_WEBHOOKS.c.id, _WEBHOOKS.c.sealed, _WEBHOOKS.c.previous_until)
        .where(
            _WEBHOOKS.c.operator_id == uow.operator_id,
            _WEBHOOKS.c.state == WebhookState.ACTIVE,
            or_(_WEBHOOKS.c.resume_at.is_(None), _WEBHOOKS.c.resume_at <= uow.now),
            since <= uow.now,
        )
        .order_by(since)
    ).all()


def _first_due(uow: UnitOfWork, webhook_id: UUID) -> Any:  # Any: a result row
    return uow.session.execute(
        select(_DELIVERIES)
        .where(
            _DELIVERIES.c.operator_id == uow.operator_id,
            _DELIVERIES.c.webhook_id == webhook_id,
            _DELIVERIES.c.state == DeliveryState.OWED,
            _DELIVERIES.c.run_after <= uow.now,
        )
        .order_by(_DELIVERIES.c.run_after, _DELIVERIES.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).first()


def _claim(uow: UnitOfWork, webhook: Any, row: Any, body: bytes) -> Claimed:  # Any: result rows
    number = row.attempts + 1
    _set(uow, row.id, attempts=number, run_after=uow.now + LEASE)
    uow.session.execute(
        insert(_ATTEMPTS).values(
            operator_id=uow.operator_id, delivery_id=row.id, number=number, at=uow.now, status=None, error=None
        )
    )
    hidden = open_hidden(uow, webhook.id, webhook.sealed)
    both = webhook.previous_until is not None and uow.now < webhook.previous_until
    return Claimed(
        id=row.id,
        webhook_id=webhook.id,
        number=number,
        at=uow.now,
        owed_since=row.owed_since,
        address=hidden.address,
        secrets=hidden.secrets if both else hidden.secrets[:1],
        body=body,
    )


def _body(uow: UnitOfWork, row: Any) -> bytes:  # Any: a result row
    data = dict(row.facts)
    if row.subject_id is not None:
        data["subject"] = (
            reveal_ref(uow, row.subject_id) if row.sealed is None else REFERENCE.open(uow, row.sealed, row.id).decode()
        )
    event = {"type": str(row.kind), "timestamp": write_instant(row.occurred_at), "data": data}
    return json.dumps(event, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def _set(uow: UnitOfWork, delivery_id: UUID, *, number: int | None = None, **values: Any) -> bool:  # Any: column values
    query = update(_DELIVERIES).where(
        _DELIVERIES.c.operator_id == uow.operator_id,
        _DELIVERIES.c.id == delivery_id,
        _DELIVERIES.c.state == DeliveryState.OWED,
    )
    if number is not None:
        query = query.where(_DELIVERIES.c.attempts == number)
    return bool(changed_rows(uow.session.execute(query.values(**values))))


def _why_stop(uow: UnitOfWork, webhook_id: UUID, found: Verdict) -> Because | None:
    if found is Verdict.GONE:
        return Because.GONE
    if found is Verdict.LATER and is_stopped(_failing_since(uow, webhook_id), uow.now):
        return Because.FAILING
    return None


def _rest(uow: UnitOfWork, webhook_id: UUID) -> None:
    """Leave an address alone for a while, so that one that hangs does not hold up the others."""
    since = _failing_since(uow, webhook_id) or uow.now
    rest = pause(uow.now - since, LONGEST_REST, _chance())
    uow.session.execute(
        update(_WEBHOOKS)
        .where(_WEBHOOKS.c.operator_id == uow.operator_id, _WEBHOOKS.c.id == webhook_id)
        .values(failing_since=since, resume_at=uow.now + rest)
    )


def _failing_since(uow: UnitOfWork, webhook_id: UUID) -> datetime | None:
    return uow.session.scalar(
        select(_WEBHOOKS.c.failing_since).where(
            _WEBHOOKS.c.operator_id == uow.operator_id, _WEBHOOKS.c.id == webhook_id
        )
    )


def _answered(uow: UnitOfWork, webhook_id: UUID) -> None:
    uow.session.execute(
        update(_WEBHOOKS)
        .where(
            _WEBHOOKS.c.operator_id == uow.operator_id,
            _WEBHOOKS.c.id == webhook_id,
            _WEBHOOKS.c.failing_since.is_not(None),
        )
        .values(failing_since=None, resume_at=None)
    )


def _chance() -> float:
    return secrets.randbelow(_CHANCES + 1) / _CHANCES
