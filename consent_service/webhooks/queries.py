"""Reads about webhooks and their deliveries."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import Select, and_, func, select

from consent_service.kernel.cursors import read_cursor, write_cursor
from consent_service.kernel.db import table_of
from consent_service.kernel.errors import NotFoundError
from consent_service.kernel.uow import UnitOfWork
from consent_service.webhooks.service import open_hidden
from consent_service.webhooks.states import Because, DeliveryState, Kind, WebhookState
from consent_service.webhooks.tables import Webhook, WebhookAttempt, WebhookDelivery

_WEBHOOKS = table_of(Webhook)
_DELIVERIES = table_of(WebhookDelivery)
_ATTEMPTS = table_of(WebhookAttempt)


@dataclass(frozen=True, slots=True)
class WebhookView:
    """A webhook with its health; its secrets are shown once, when they are made."""

    id: UUID
    address: str
    events: tuple[Kind, ...]
    state: WebhookState
    because: Because | None
    failing_since: datetime | None
    previous_secret_until: datetime | None
    owed: int
    dead: int
    created_at: datetime
    changed_at: datetime

    @property
    def host(self) -> str:
        """The host of the address: the rest of it may be a secret."""
        return urlsplit(self.address).hostname or ""


@dataclass(frozen=True, slots=True)
class AttemptView:
    """One try."""

    number: int
    at: datetime
    status: int | None
    error: str | None


@dataclass(frozen=True, slots=True)
class DeliveryView:
    """One event on its way to one address, with its tries."""

    id: UUID
    webhook_id: UUID
    event: Kind
    state: DeliveryState
    occurred_at: datetime
    created_at: datetime
    next_try_at: datetime | None
    settled_at: datetime | None
    attempts: tuple[AttemptView, ...]


def list_webhooks(uow: UnitOfWork) -> list[WebhookView]:
    """Return every webhook of the operator, those that are active first, then the latest."""
    rows = uow.session.execute(select(_WEBHOOKS).where(_WEBHOOKS.c.operator_id == uow.operator_id)).all()
    counts = _counts(uow, [row.id for row in rows])
    views = [_view(uow, row, counts) for row in rows]
    return sorted(views, key=lambda one: (one.state is WebhookState.ACTIVE, one.created_at), reverse=True)


def failing(uow: UnitOfWork) -> Select[UUID]:
    """Return the webhooks that take nothing, or were switched off for it, as part of another statement."""
    given_up = _WEBHOOKS.c.because.in_((Because.FAILING, Because.GONE))
    return select(_WEBHOOKS.c.id).where(
        _WEBHOOKS.c.operator_id == uow.operator_id, _WEBHOOKS.c.failing_since.is_not(None) | given_up
    )


def webhook_view(uow: UnitOfWork, webhook_id: UUID) -> WebhookView:
    """Return one webhook.

    Raises:
        NotFoundError: There is no such webhook.
    """
    row = uow.session.execute(
        select(_WEBHOOKS).where(_WEBHOOKS.c.operator_id == uow.operator_id, _WEBHOOKS.c.id == webhook_id)
    ).first()
    if row is None:
        raise NotFoundError("There is no such webhook.")
    return _view(uow, row, _counts(uow, [webhook_id]))


def list_deliveries(
    uow: UnitOfWork, webhook_id: UUID, *, state: DeliveryState | None, limit: int, cursor: str | None
) -> tuple[list[DeliveryView], str | None]:
    """Return a page of the deliveries of a webhook, the latest first, and the cursor of the next page.

    Raises:
        NotFoundError: There is no such webhook.
    """
    webhook_view(uow, webhook_id)
    query = select(_DELIVERIES).where(
        _DELIVERIES.c.operator_id == uow.operator_id, _DELIVERIES.c.webhook_id == webhook_id
    )
    if state is not None:
        query = query.where(_DELIVERIES.c.state == state)
    if cursor is not None:
        at, last = read_cursor(cursor)
        earlier = and_(_DELIVERIES.c.created_at == at, _DELIVERIES.c.id < last)
        query = query.where((_DELIVERIES.c.created_at < at) | earlier)
    query = query.order_by(_DELIVERIES.c.created_at.desc(), _DELIVERIES.c.id.desc()).limit(limit + 1)
    rows = uow.session.execute(query).all()
    page = rows[:limit]
    after = write_cursor(page[-1].created_at, page[-1].id) if len(rows) > limit else None
    return _delivered(uow, page), after


def delivery_view(uow: UnitOfWork, webhook_id: UUID, delivery_id: UUID) -> DeliveryView:
    """Return one delivery.

    Raises:
        NotFoundError: There is no such delivery.
    """
    rows = uow.session.execute(
        select(_DELIVERIES).where(
            _DELIVERIES.c.operator_id == uow.operator_id,
            _DELIVERIES.c.webhook_id == webhook_id,
            _DELIVERIES.c.id == delivery_id,
        )
    ).all()
    if not rows:
        raise NotFoundError("There is no such delivery.")
    return _delivered(uow, rows)[0]


def _counts(uow: UnitOfWork, webhook_ids: Sequence[UUID]) -> dict[tuple[UUID, DeliveryState], int]:
    rows = uow.session.execute(
        select(_DELIVERIES.c.webhook_id, _DELIVERIES.c.state, func.count())
        .where(
            _DELIVERIES.c.operator_id == uow.operator_id,
            _DELIVERIES.c.webhook_id.in_(webhook_ids),
            _DELIVERIES.c.state.in_((DeliveryState.OWED, DeliveryState.DEAD)),
        )
        .group_by(_DELIVERIES.c.webhook_id, _DELIVERIES.c.state)
    )
    return {(webhook_id, state): count for webhook_id, state, count in rows}


def _view(uow: UnitOfWork, row: Any, counts: dict[tuple[UUID, DeliveryState], int]) -> WebhookView:  # Any: a row
    both = row.previous_until is not None and uow.now < row.previous_until
    return WebhookView(
        id=row.id,
        address=open_hidden(uow, row.id, row.sealed).address,
        events=tuple(Kind(kind) for kind in row.kinds),
        state=row.state,
        because=row.because,
        failing_since=row.failing_since,
        previous_secret_until=row.previous_until if both else None,
        owed=counts.get((row.id, DeliveryState.OWED), 0),
        dead=counts.get((row.id, DeliveryState.DEAD), 0),
        created_at=row.created_at,
        changed_at=row.changed_at,
    )


def _delivered(uow: UnitOfWork, rows: Sequence[Any]) -> list[DeliveryView]:  # Any: result rows
    tries: defaultdict[UUID, list[AttemptView]] = defaultdict(list)
    for row in uow.session.execute(
        select(_ATTEMPTS)
        .where(_ATTEMPTS.c.operator_id == uow.operator_id, _ATTEMPTS.c.delivery_id.in_([row.id for row in rows]))
        .order_by(_ATTEMPTS.c.number)
    ):
        tries[row.delivery_id].append(AttemptView(row.number, row.at, row.status, row.error))
    return [
        DeliveryView(
            id=row.id,
            webhook_id=row.webhook_id,
            event=row.kind,
            state=row.state,
            occurred_at=row.occurred_at,
            created_at=row.created_at,
            next_try_at=row.run_after if row.state is DeliveryState.OWED else None,
            settled_at=row.settled_at,
            attempts=tuple(tries[row.id]),
        )
        for row in rows
    ]
