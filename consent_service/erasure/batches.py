"""Orders of a run whose people are in our own tables alone, carried out many at a time in one short transaction.

What ``execution`` does for one order is done here set-wise: locked, erased, read back, certified, recorded.  Whoever is
held, locked by somebody else or gone already is left to be carried out one by one.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from consent_service.consents.courses import people_living
from consent_service.erasure.certificates import Answering, answering, categories_of, issue_joint_act
from consent_service.erasure.destroying import bar_holds, destroy
from consent_service.erasure.ending import Ended, announce_ends, end_on_record
from consent_service.erasure.holds import held_people
from consent_service.erasure.joint_act import Line
from consent_service.erasure.log import WrittenLog
from consent_service.erasure.moves import finish_at_once
from consent_service.erasure.queries import people_ordered_later, people_with_places
from consent_service.erasure.states import OrderState
from consent_service.erasure.tables import OPEN_OF_RUNS, ErasureOrder, OrderTarget
from consent_service.kernel.db import table_of
from consent_service.kernel.uow import UnitOfWork
from consent_service.subjects.many import lock_among

_ORDERS, _TARGETS = table_of(ErasureOrder), table_of(OrderTarget)
_COLUMNS = [
    _ORDERS.c[name]
    for name in (
        "id", "subject_id", "cause_kind", "cause_id", "ground", "demanded", "purposes", "due_on", "created_at",
        "ordered_by", "reference",
    )
]  # fmt: skip
Json = dict[str, Any]  # Any: JSON values
Before = Callable[[UnitOfWork, UUID], object]


@dataclass(frozen=True, slots=True)
class Batch:
    """What became of one batch: up to which order it came (None at the end), how many orders are done."""

    after: UUID | None
    done: int = 0


@dataclass(frozen=True, slots=True)
class _Said:
    """What an act says that was read before anything is locked: categories of data, and who answers for it."""

    categories: Sequence[Json]
    answering: Answering


def execute_batch(
    uow: UnitOfWork,
    run_id: UUID,
    after: UUID | None,
    limit: int,
    log: WrittenLog,
    *,
    evidence_years: int,
    before: Before | None = None,
    is_told: bool = True,
    locking: Callable[[], None],
) -> Batch:
    """Carry out the next orders of a run, all of them or none.  Whoever is erased is written down in the ``log`` last.

    ``before``: what has to be done for an order before the reference of its person is
    gone, such as telling recipients.  ``is_told``: whether people are owed the word that their data are gone.
    ``locking`` is called when everything is read and the first row is about to be locked.

    Raises:
        ErasureIncompleteError: Reading back found rows that were to be gone.
        HeldError: A hold was placed meanwhile.
        ErasureLogError: The log of erasures cannot be written.
        DiskSlowError: A log that is in a hurry has given up.
    """
    due = _read(uow, run_id, after, limit)
    if not due:
        return Batch(None)
    held = held_people(uow, [order.subject_id for order in due])
    said = _Said(categories_of(uow, [order.subject_id for order in due]), answering(uow, run_id))
    locking()
    keys = lock_among(uow, [order.subject_id for order in due if order.subject_id not in held])
    mine = _lock(uow, [order.id for order in due if order.subject_id in keys])
    elsewhere = people_with_places(uow, keys)
    orders = [order for order in due if order.id in mine and order.subject_id not in elsewhere]
    theirs = {order.subject_id: order for order in orders}
    kept = _kept(uow, orders)
    announce_ends(uow, orders, kept)
    if before is not None:
        for order in orders:
            before(uow, order.id)
    going = {subject_id: keys[subject_id] for subject_id in theirs if subject_id not in kept}
    results, proofs = _erase(uow, theirs, going, said, evidence_years, is_told=is_told) if going else ({}, {})
    for reason in sorted(set(kept.values())):
        ids = [theirs[subject_id].id for subject_id, why in kept.items() if why == reason]
        result: Json = {"deleted": {}, "kept": reason}
        finish_at_once(uow, ids, result)
        results |= dict.fromkeys(ids, result)
    end_on_record(uow, [Ended(order, results[order.id], proofs.get(order.id, {})) for order in orders], log)
    return Batch(due[-1].id if len(due) == limit else None, len(results))


def _read(uow: UnitOfWork, run_id: UUID, after: UUID | None, limit: int) -> Sequence[Any]:  # Any: result rows
    elsewhere = select(_TARGETS.c.name).where(
        _TARGETS.c.operator_id == _ORDERS.c.operator_id, _TARGETS.c.order_id == _ORDERS.c.id
    )
    query = select(*_COLUMNS).where(
        _ORDERS.c.operator_id == uow.operator_id,
        _ORDERS.c.run_id == run_id,
        OPEN_OF_RUNS,
        _ORDERS.c.state == OrderState.SCHEDULED,
        _ORDERS.c.run_after <= uow.now,
        ~elsewhere.exists(),
    )
    if after is not None:
        query = query.where(_ORDERS.c.id > after)
    return uow.session.execute(query.order_by(_ORDERS.c.id).limit(limit)).all()


def _lock(uow: UnitOfWork, order_ids: Sequence[UUID]) -> set[UUID]:
    """Lock those orders that are still to be carried out and that nobody else has."""
    query = select(_ORDERS.c.id).where(
        _ORDERS.c.operator_id == uow.operator_id,
        _ORDERS.c.id.in_(order_ids),
        _ORDERS.c.state == OrderState.SCHEDULED,
    )
    return set(uow.session.scalars(query.order_by(_ORDERS.c.id).with_for_update(skip_locked=True)))


def _kept(uow: UnitOfWork, orders: Sequence[Any]) -> dict[UUID, str]:  # Any: result rows
    """Return why an erasure that is due leaves people known; the same reasons as for one order by itself."""
    people = [order.subject_id for order in orders]
    kept = dict.fromkeys(people_living(uow, people), "another_consent_in_force")
    waiting = [order.subject_id for order in orders if not order.demanded and order.subject_id not in kept]
    later = people_ordered_later(uow, waiting) if waiting else set()
    return kept | dict.fromkeys(later, "another_erasure_comes_later")


def _erase(
    uow: UnitOfWork,
    theirs: Mapping[UUID, Any],  # Any: result rows
    keys: Mapping[UUID, bytes],
    said: "_Said",
    evidence_years: int,
    *,
    is_told: bool,
) -> tuple[dict[UUID, Json], dict[UUID, Json]]:
    """Return what became of each order, and until when the proof of whom is kept."""
    orders = {one: theirs[one].id for one in keys}
    gone = destroy(uow, keys, orders, evidence_years, is_told=is_told)
    bar_holds(uow, keys)
    data = {"categories": said.categories, "identifiers": sorted(set().union(*gone.kinds.values()))}
    results: dict[UUID, Json] = {}
    for ground, reference in sorted({(theirs[one].ground, theirs[one].reference or "") for one in keys}):
        together = [one for one in keys if (theirs[one].ground, theirs[one].reference or "") == (ground, reference)]
        lines = [_line(theirs[one], gone.deleted[one], gone.epochs[one]) for one in together]
        act = issue_joint_act(uow, ground, lines, gone.left, data, said.answering)
        for subject_id in together:
            results[theirs[subject_id].id] = gone.result(subject_id) | {"act": act}
    _finish(uow, results)
    return results, {theirs[one].id: gone.proof(one) for one in keys}


def _line(order: Any, deleted: Mapping[str, int], key_epoch: int) -> Line:  # Any: a result row
    return Line(
        order_id=order.id,
        person=order.subject_id,
        cause=f"{order.cause_kind}:{order.cause_id}",
        reference=order.reference,
        ordered_at=order.created_at,
        ordered_by=order.ordered_by,
        due_on=order.due_on,
        deleted=deleted,
        key_epoch=key_epoch,
    )


def _finish(uow: UnitOfWork, results: Mapping[UUID, Json]) -> None:
    """Write results: orders that came to the same one are written together."""
    same: defaultdict[str, list[UUID]] = defaultdict(list)
    by_text = {}
    for order_id, result in results.items():
        text = repr(sorted(result.items()))
        same[text].append(order_id)
        by_text[text] = result
    for text, order_ids in same.items():
        finish_at_once(uow, order_ids, by_text[text])
