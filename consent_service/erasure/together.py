"""The last step of many claimed orders at once: what ``execution`` does for one, set-wise, in one transaction.

Each order keeps its own result, act and event.  Only what goes the plain way is done here; whoever is locked by
somebody else, stays known, is gone already or still has to do with places outside is left to be carried out one by one.
"""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from consent_service.duties.service import meet_all
from consent_service.erasure.certificates import categories_by_person, issue_acts
from consent_service.erasure.claims import Claim
from consent_service.erasure.destroying import bar_holds, destroy
from consent_service.erasure.ending import Ended, announce_ends, end_on_record
from consent_service.erasure.execution import destroyed_by, ordered_as
from consent_service.erasure.log import ErasureLog
from consent_service.erasure.moves import finish_running
from consent_service.erasure.outside import as_confirmed, rows_of
from consent_service.erasure.queries import kept_among, people_with_places
from consent_service.erasure.service import ERASING_ACTIONS
from consent_service.erasure.states import ApprovalState, OrderState, TargetState
from consent_service.erasure.tables import Approval, ErasureOrder
from consent_service.kernel.db import table_of
from consent_service.kernel.uow import UnitOfWork
from consent_service.subjects.many import lock_among

_ORDERS, _APPROVALS = table_of(ErasureOrder), table_of(Approval)
Json = dict[str, Any]  # Any: JSON values
Before = Callable[[UnitOfWork, UUID], object]


def execute_together(
    uow: UnitOfWork,
    claims: Sequence[Claim],
    log: ErasureLog,
    *,
    evidence_years: int,
    before: Before | None = None,
    locking: Callable[[], None] = lambda: None,
) -> set[UUID]:
    """Carry out those of some claimed orders that go the plain way, all or none of them; returns which.

    Whoever is erased is written down in the ``log`` last.  ``before``: what has to be done for an order while the
    reference of its person is there, such as telling recipients.  ``locking`` is called before the first lock.

    Raises:
        ErasureIncompleteError: Reading back found rows that were to be gone.
        HeldError: A hold bars one of them.
        ErasureLogError: The log of erasures cannot be written.
    """
    categories = categories_by_person(uow, _people(uow, claims))
    locking()
    orders, keys = _lock(uow, claims, categories)
    outside = _confirmed(uow, orders)
    kept = kept_among(uow, list(orders))
    elsewhere = people_with_places(uow, [order.subject_id for order, _ in orders.values()], beside=list(orders))
    plain = {
        order_id: (order, approved_by)
        for order_id, (order, approved_by) in orders.items()
        if order_id in outside and order_id not in kept and order.subject_id not in elsewhere
    }
    if not plain:
        return set()
    people = {order.subject_id: order_id for order_id, (order, _) in plain.items()}
    announce_ends(uow, [order for order, _ in plain.values()])
    if before is not None:
        for order_id in plain:
            before(uow, order_id)
    gone = destroy(uow, {one: keys[one] for one in people}, people, evidence_years)
    bar_holds(uow, people)
    results = {order_id: gone.result(one) | _places(outside[order_id]) for one, order_id in people.items()}
    asked = [
        (
            ordered_as(order, approved_by),
            {"categories": categories[order.subject_id], "identifiers": sorted(gone.kinds.get(order.subject_id, ()))},
            destroyed_by(results[order_id], outside[order_id]),
        )
        for order_id, (order, approved_by) in plain.items()
    ]
    acts = issue_acts(uow, asked)
    for order_id, act in zip(plain, acts, strict=True):
        results[order_id] |= {"act": act}
    _certify(uow, [order for order, _ in plain.values()], results, outside, gone.proof, log)
    return set(plain)


def _certify(
    uow: UnitOfWork,
    orders: Sequence[ErasureOrder],
    results: Mapping[UUID, Json],
    outside: Mapping[UUID, Sequence[Json]],
    proof: Callable[[UUID], Json],
    log: ErasureLog,
) -> None:
    """End orders on record; whom they erased is written down before anybody can know of it."""
    finish_running(uow, results)
    meet_all(uow, [order.cause_id for order in orders], ERASING_ACTIONS)
    end_on_record(
        uow,
        [
            Ended(
                order,
                results[order.id],
                proof(order.subject_id),
                order.attempts,
                {one["name"]: one["kind"] for one in outside[order.id]},
            )
            for order in orders
        ],
        log,
    )


def _people(uow: UnitOfWork, claims: Sequence[Claim]) -> list[UUID]:
    """Return those people whom one of the claimed orders concerns; who is concerned by several goes one by one."""
    found = Counter(
        uow.session.scalars(
            select(_ORDERS.c.subject_id).where(
                _ORDERS.c.operator_id == uow.operator_id, _ORDERS.c.id.in_([claim.order_id for claim in claims])
            )
        )
    )
    return [person for person, orders in found.items() if orders == 1]


def _lock(
    uow: UnitOfWork, claims: Sequence[Claim], people: Collection[UUID]
) -> tuple[dict[UUID, tuple[ErasureOrder, str | None]], dict[UUID, bytes]]:
    """Lock people, then those of the orders that are still claimed by us; with who approved each."""
    keys = lock_among(uow, people)
    attempts = {claim.order_id: claim.attempt for claim in claims}
    approved = select(_APPROVALS.c.decided_by).where(
        _APPROVALS.c.operator_id == _ORDERS.c.operator_id,
        _APPROVALS.c.id == func.coalesce(_ORDERS.c.run_id, _ORDERS.c.id),
        _APPROVALS.c.state == ApprovalState.APPROVED,
    )
    rows = uow.session.execute(
        select(ErasureOrder, approved.scalar_subquery())
        .where(
            ErasureOrder.operator_id == uow.operator_id,
            ErasureOrder.id.in_(attempts),
            ErasureOrder.subject_id.in_(keys),
            ErasureOrder.state == OrderState.RUNNING,
        )
        .order_by(ErasureOrder.id)
        .with_for_update(of=_ORDERS, skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    ours = {order.id: (order, approved_by) for order, approved_by in rows if order.attempts == attempts[order.id]}
    return ours, keys


def _confirmed(uow: UnitOfWork, order_ids: Collection[UUID]) -> dict[UUID, list[Json]]:
    """Return what the places of each order have confirmed; an order of which one has not is left out."""
    found: dict[UUID, list[Json]] = {order_id: [] for order_id in order_ids}
    for row in rows_of(uow, list(order_ids)):
        if row.state is not TargetState.CONFIRMED:
            found.pop(row.order_id, None)
        elif row.order_id in found:
            found[row.order_id].append(as_confirmed(row))
    return found


def _places(outside: Sequence[Json]) -> Json:
    return {"targets": {one["name"]: one["erased"] for one in outside}} if outside else {}
