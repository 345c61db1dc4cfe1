"""``announce()``: what the services call that make an event true, in the transaction of the cause."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select, update

from consent_service.kernel.db import insert_many, table_of
from consent_service.kernel.ids import new_id
from consent_service.kernel.sealed_columns import SealedColumn
from consent_service.kernel.uow import UnitOfWork
from consent_service.operators.queries import subscribed_kinds
from consent_service.policies.queries import purposes_of_ids
from consent_service.subjects.many import reveal_refs
from consent_service.webhooks.states import DeliveryState, Kind, WebhookState
from consent_service.webhooks.tables import Webhook, WebhookDelivery

_WEBHOOKS = table_of(Webhook)
_DELIVERIES = table_of(WebhookDelivery)
REFERENCE = SealedColumn(_DELIVERIES.c.sealed)


@dataclass(frozen=True, slots=True)
class Told:
    """What is told of one person: for which purposes, and ids, days and codes; no personal data."""

    subject_id: UUID
    purposes: Collection[UUID] = ()
    facts: Mapping[str, UUID | str] = field(default_factory=dict)


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
    announce_all(uow, kind, [Told(subject_id, purposes, facts)], at=at)


def announce_all(uow: UnitOfWork, kind: Kind, told: Sequence[Told], *, at: datetime | None = None) -> None:
    """Owe every subscribed address what has happened to each of some people, as ``announce`` does for one."""
    if not told or str(kind) not in subscribed_kinds(uow):
        return
    names: dict[tuple[UUID, ...], list[str]] = {(): []}
    for one in told:
        purposes = tuple(one.purposes)
        if purposes not in names:
            names[purposes] = [str(ref) for ref in purposes_of_ids(uow, list(purposes))]
    happened: list[tuple[UUID | None, dict[str, object]]] = []
    for one in told:
        facts: dict[str, object] = {name: str(value) for name, value in one.facts.items()}
        named = names[tuple(one.purposes)]
        happened.append((one.subject_id, facts | {"purposes": named} if named else facts))
    owe_deliveries(uow, kind, happened, _subscribed(uow, kind), max(at or uow.now, uow.now))


def owe_deliveries(
    uow: UnitOfWork,
    kind: Kind,
    happened: Sequence[tuple[UUID | None, dict[str, object]]],
    webhook_ids: Collection[UUID],
    occurred_at: datetime,
) -> list[UUID]:
    """Write the deliveries of events, each of whom and with its facts; returns their ids."""
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
        for subject_id, facts in happened
        for webhook_id in webhook_ids
    ]
    insert_many(uow.session, _DELIVERIES, rows)
    return [row["id"] for row in rows]


def keep_references(uow: UnitOfWork, subject_ids: Collection[UUID]) -> None:
    """Let what is owed about people outlive their erasure, in the transaction that erases them.

    The operator's reference is sealed into what still has to say whom it is about, until it is delivered or given up;
    what was given up before is dropped.
    """
    if not subscribed_kinds(uow):
        return
    theirs = (_DELIVERIES.c.operator_id == uow.operator_id, _DELIVERIES.c.subject_id.in_(subject_ids))
    uow.session.execute(
        update(_DELIVERIES)
        .where(*theirs, _DELIVERIES.c.state == DeliveryState.DEAD)
        .values(state=DeliveryState.DROPPED, settled_at=uow.now)
    )
    owed = uow.session.execute(
        select(_DELIVERIES.c.id, _DELIVERIES.c.subject_id).where(*theirs, _DELIVERIES.c.state == DeliveryState.OWED)
    ).all()
    if not owed:
        return
    references = reveal_refs(uow, {row.subject_id for row in owed})
    uow.session.execute(
        update(_DELIVERIES)
        .where(_DELIVERIES.c.operator_id == uow.operator_id, _DELIVERIES.c.id == bindparam("of_id"))
        .values(sealed=bindparam("kept")),
        [{"of_id": row.id, "kept": REFERENCE.seal(uow, references[row.subject_id].encode(), row.id)} for row in owed],
    )


def _subscribed(uow: UnitOfWork, kind: Kind) -> list[UUID]:
    rows = uow.session.execute(
        select(_WEBHOOKS.c.id, _WEBHOOKS.c.kinds).where(
            _WEBHOOKS.c.operator_id == uow.operator_id, _WEBHOOKS.c.state == WebhookState.ACTIVE
        )
    )
    return [row.id for row in rows if str(kind) in row.kinds]
