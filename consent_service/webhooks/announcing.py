"""``announce()``: what the services call that make an event true, in the transaction of the cause."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, insert, select, update

from consent_service.kernel.db import table_of
from consent_service.kernel.ids import new_id
from consent_service.kernel.sealed_columns import SealedColumn
from consent_service.kernel.uow import UnitOfWork
from consent_service.operators.queries import subscribed_kinds
from consent_service.policies.queries import purposes_of_ids
from consent_service.subjects.service import reveal_ref
from consent_service.webhooks.states import DeliveryState, Kind, WebhookState
from consent_service.webhooks.tables import Webhook, WebhookDelivery

_WEBHOOKS = table_of(Webhook)
_DELIVERIES = table_of(WebhookDelivery)
REFERENCE = SealedColumn(_DELIVERIES.c.sealed)


def announce(
    uow: UnitOfWork,
    kind: Kind,
    subject_id: UUID,
    purposes: Collection[UUID] = (),
    *,
    at: datetime | None = None,
    **facts: UUID | str,
) -> None:
    """Owe every address that is subscribed to a kind of event one delivery; nothing is read where there is none.

    Args:
        uow: The unit of work of the cause.
        kind: What has happened.
        subject_id: Of whom; the operator's reference is put in when it is sent.
        purposes: Ids of the purposes concerned.
        at: When it becomes true, where that is later; it is sent then.
        **facts: Ids, days and codes; no personal data.
    """
    if str(kind) not in subscribed_kinds(uow):
        return
    told: dict[str, object] = {name: str(value) for name, value in facts.items()}
    if purposes:
        told["purposes"] = [str(ref) for ref in purposes_of_ids(uow, list(purposes))]
    owe_deliveries(uow, kind, subject_id, told, _subscribed(uow, kind), max(at or uow.now, uow.now))


def owe_deliveries(
    uow: UnitOfWork,
    kind: Kind,
    subject_id: UUID | None,
    facts: dict[str, object],
    webhook_ids: Collection[UUID],
    occurred_at: datetime,
) -> list[UUID]:
    """Write the deliveries of one event; returns their ids."""
    rows: list[dict[str, Any]] = [  # Any: column values
        {
            "operator_id": uow.operator_id,
            "id": new_id(uow.now),
            "webhook_id": webhook_id,
            "kind": kind,
            "subject_id": subject_id,
            "facts": facts,
            "sealed": None,
            "state": DeliveryState.OWED,
            "attempts": 0,
            "occurred_at": occurred_at,
            "owed_since": occurred_at,
            "run_after": occurred_at,
            "created_at": uow.now,
            "settled_at": None,
        }
        for webhook_id in webhook_ids
    ]
    if rows:
        uow.session.execute(insert(_DELIVERIES), rows)
    return [row["id"] for row in rows]


def keep_reference(uow: UnitOfWork, subject_id: UUID) -> None:
    """Let what is owed about a person outlive their erasure, in the transaction that erases them.

    The operator's reference is sealed into what still has to say whom it is about, until it is delivered or given up;
    what was given up before is dropped.
    """
    if not subscribed_kinds(uow):
        return
    theirs = (_DELIVERIES.c.operator_id == uow.operator_id, _DELIVERIES.c.subject_id == subject_id)
    uow.session.execute(
        update(_DELIVERIES)
        .where(*theirs, _DELIVERIES.c.state == DeliveryState.DEAD)
        .values(state=DeliveryState.DROPPED, settled_at=uow.now)
    )
    owed = uow.session.scalars(select(_DELIVERIES.c.id).where(*theirs, _DELIVERIES.c.state == DeliveryState.OWED)).all()
    if not owed:
        return
    reference = reveal_ref(uow, subject_id).encode()
    uow.session.execute(
        update(_DELIVERIES)
        .where(_DELIVERIES.c.operator_id == uow.operator_id, _DELIVERIES.c.id == bindparam("of_id"))
        .values(sealed=bindparam("kept")),
        [{"of_id": one, "kept": REFERENCE.seal(uow, reference, one)} for one in owed],
    )


def _subscribed(uow: UnitOfWork, kind: Kind) -> list[UUID]:
    rows = uow.session.execute(
        select(_WEBHOOKS.c.id, _WEBHOOKS.c.kinds).where(
            _WEBHOOKS.c.operator_id == uow.operator_id, _WEBHOOKS.c.state == WebhookState.ACTIVE
        )
    )
    return [row.id for row in rows if str(kind) in row.kinds]
