"""Sending again what was given up, or once more what was delivered; forgetting what is old."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, select, tuple_, update

from consent_service.kernel.db import changed_rows, table_of
from consent_service.kernel.errors import ConflictError, NotFoundError
from consent_service.kernel.uow import UnitOfWork
from consent_service.subjects.service import reveal_ref
from consent_service.webhooks.service import check_active
from consent_service.webhooks.states import DeliveryState
from consent_service.webhooks.tables import WebhookDelivery

KEPT = timedelta(days=30)
_DELIVERIES = table_of(WebhookDelivery)


def replay(uow: UnitOfWork, webhook_id: UUID, delivery_id: UUID) -> None:
    """Send one delivery again, under the same id.

    Raises:
        NotFoundError: There is no such delivery, or its person has been erased.
        ConflictError: The webhook is disabled, or the delivery is on its way.
    """
    check_active(uow, webhook_id)
    here = (
        _DELIVERIES.c.operator_id == uow.operator_id,
        _DELIVERIES.c.webhook_id == webhook_id,
        _DELIVERIES.c.id == delivery_id,
    )
    row = uow.session.execute(
        select(_DELIVERIES.c.state, _DELIVERIES.c.subject_id, _DELIVERIES.c.sealed).where(*here).with_for_update()
    ).first()
    if row is None:
        raise NotFoundError("There is no such delivery.")
    if row.state is DeliveryState.OWED:
        raise ConflictError("This delivery is on its way already.")
    if row.subject_id is not None and row.sealed is None:
        reveal_ref(uow, row.subject_id)
    uow.session.execute(update(_DELIVERIES).where(*here).values(**_owed_again(uow)))


def replay_dead(uow: UnitOfWork, webhook_id: UUID) -> int:
    """Send everything again that was given up; returns how many.

    Raises:
        NotFoundError: There is no such webhook.
        ConflictError: It is disabled.
    """
    check_active(uow, webhook_id)
    return changed_rows(
        uow.session.execute(
            update(_DELIVERIES)
            .where(
                _DELIVERIES.c.operator_id == uow.operator_id,
                _DELIVERIES.c.webhook_id == webhook_id,
                _DELIVERIES.c.state == DeliveryState.DEAD,
            )
            .values(**_owed_again(uow))
        )
    )


def forget_settled(uow: UnitOfWork, limit: int) -> int:
    """Delete deliveries that were settled 30 days ago, with their tries and what they still knew; returns how many."""
    key = (_DELIVERIES.c.operator_id, _DELIVERIES.c.id)
    old = (
        select(*key)
        .where(
            _DELIVERIES.c.operator_id == uow.operator_id,
            _DELIVERIES.c.state != DeliveryState.OWED,
            _DELIVERIES.c.settled_at < uow.now - KEPT,
        )
        .limit(limit)
    )
    return changed_rows(uow.session.execute(delete(_DELIVERIES).where(tuple_(*key).in_(old))))


def _owed_again(uow: UnitOfWork) -> dict[str, object]:
    return {"state": DeliveryState.OWED, "owed_since": uow.now, "run_after": uow.now, "settled_at": None}
