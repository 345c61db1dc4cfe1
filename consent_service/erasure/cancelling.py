"""Cancelling orders that have not started, whoever calls for it: moved, recorded, announced."""

from uuid import UUID

from sqlalchemy import ColumnElement, select

from consent_service.erasure.holds import why_held
from consent_service.erasure.moves import move
from consent_service.erasure.queries import NOT_STARTED
from consent_service.erasure.states import Cancelled, OrderState
from consent_service.erasure.tables import ErasureOrder
from consent_service.kernel.db import table_of
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.service import append
from consent_service.webhooks.announcing import announce
from consent_service.webhooks.states import Kind

_ORDERS = table_of(ErasureOrder)


def cancel(uow: UnitOfWork, why: Cancelled, *which: ColumnElement[bool], reference: str | None = None) -> list[UUID]:
    """Cancel those orders that have not started, and return which they are; a hold on one is named in its event."""
    said = {} if reference is None else {"reference": reference}
    cancelled = move(uow, OrderState.CANCELLED, *which, NOT_STARTED, cancelled=why, result=said or None)
    people = (
        uow.session.execute(
            select(_ORDERS.c.id, _ORDERS.c.subject_id)
            .where(_ORDERS.c.operator_id == uow.operator_id, _ORDERS.c.id.in_(cancelled))
            .order_by(_ORDERS.c.id)
        ).all()
        if cancelled
        else []
    )
    for order in people:
        held = why_held(uow, order.subject_id)
        under = {} if held is None else {"hold": str(held.id)}
        facts = {"order": str(order.id), "why": str(why), **said, **under}
        append(uow, EventType.ERASURE_CANCELLED, order.id, facts)
        announce(uow, Kind.ERASURE_CANCELLED, order.subject_id, order=order.id)
    return cancelled
