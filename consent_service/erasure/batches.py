"""Orders of a run whose people are in our own tables alone, carried out many at a time in one short transaction.

What ``execution`` does for one order is done here set-wise: locked, erased, read back, certified, recorded.  Whoever is
held, locked by somebody else or gone already is left to be carried out one by one.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from consent_service.consents.courses import people_living
from consent_service.consents.holders import last_languages, versions_answered
from consent_service.erasure.act import categories
from consent_service.erasure.approvals import decided_by
from consent_service.erasure.certificates import issue_joint_act
from consent_service.erasure.evidence import keep_proofs
from consent_service.erasure.execution import ErasureIncompleteError, HeldError
from consent_service.erasure.holds import held_people
from consent_service.erasure.joint_act import Line
from consent_service.erasure.moves import finish_at_once
from consent_service.erasure.queries import people_ordered_later
from consent_service.erasure.states import OrderState
from consent_service.erasure.tables import OPEN_OF_RUNS, ErasureOrder, OrderTarget
from consent_service.erasure.telling import tell_people
from consent_service.kernel.db import table_of
from consent_service.kernel.keys import epoch_of
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.service import append_all
from consent_service.operators.service import lock_operator
from consent_service.policies.queries import version_by_id
from consent_service.subjects.many import count_rows_of, erase_people, kinds_among, lock_among, reveal_addresses

_ORDERS, _TARGETS = table_of(ErasureOrder), table_of(OrderTarget)
_COLUMNS = [
    _ORDERS.c[name]
    for name in (
        "id", "subject_id", "cause_kind", "cause_id", "ground", "demanded", "due_on", "created_at", "ordered_by",
        "reference",
    )
]  # fmt: skip
Json = dict[str, Any]  # Any: JSON values
Before = Callable[[UnitOfWork, UUID], object]


@dataclass(frozen=True, slots=True)
class Batch:
    """What became of one batch: up to which order it came (None at the end), how many orders are done."""

    after: UUID | None
    done: int = 0


def execute_batch(
    uow: UnitOfWork, run_id: UUID, after: UUID | None, limit: int, *, evidence_years: int, before: Before | None = None
) -> Batch:
    """Carry out the next orders of a run, all of them or none.

    ``before``: what has to be done for an order before the reference of its person is gone, such as telling recipients.

    Raises:
        ErasureIncompleteError: Reading back found rows that were to be gone.
        HeldError: A hold was placed meanwhile.
    """
    orders = _take(uow, run_id, after, limit)
    if not orders:
        return Batch(None)
    theirs = {order.subject_id: order for order in orders}
    held = held_people(uow, theirs)
    keys = lock_among(uow, [subject_id for subject_id in theirs if subject_id not in held])
    kept = _kept(uow, [theirs[subject_id] for subject_id in keys])
    if before is not None:
        for subject_id in keys:
            before(uow, theirs[subject_id].id)
    going = {subject_id: key for subject_id, key in keys.items() if subject_id not in kept}
    results = _erase(uow, theirs, going, decided_by(uow, run_id), evidence_years) if going else {}
    for reason in sorted(set(kept.values())):
        ids = [theirs[subject_id].id for subject_id, why in kept.items() if why == reason]
        result: Json = {"deleted": {}, "kept": reason}
        finish_at_once(uow, ids, result)
        results |= dict.fromkeys(ids, result)
    append_all(
        uow,
        EventType.ERASURE_DONE,
        [
            (order.id, {"order": str(order.id), "ground": str(order.ground), "result": results[order.id]})
            for order in orders
            if order.id in results
        ],
    )
    return Batch(orders[-1].id if len(orders) == limit else None, len(results))


def _take(uow: UnitOfWork, run_id: UUID, after: UUID | None, limit: int) -> Sequence[Any]:  # Any: result rows
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
    return uow.session.execute(query.order_by(_ORDERS.c.id).limit(limit).with_for_update(skip_locked=True)).all()


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
    approved_by: str | None,
    evidence_years: int,
) -> dict[UUID, Json]:
    data, epochs = _data_of(uow, keys), {subject_id: epoch_of(key) for subject_id, key in keys.items()}
    addresses = reveal_addresses(uow, keys) if "email" in data["identifiers"] else {}
    if addresses:
        languages = last_languages(uow, addresses)
        tell_people(uow, [(theirs[one].id, address, languages.get(one)) for one, address in addresses.items()])
    deleted = erase_people(uow, keys)
    left = count_rows_of(uow, keys)
    if any(left.values()) or not all(counts["subjects"] for counts in deleted.values()):
        raise ErasureIncompleteError("Reading back found personal rows that were to be gone.")
    keep_proofs(uow, epochs, evidence_years)
    # Acts are numbered without a gap, and no hold is placed between this look and the commit.
    lock_operator(uow)
    barred = held_people(uow, keys)
    if barred:
        raise HeldError(next(iter(barred.values()))[0])
    results: dict[UUID, Json] = {}
    for ground, reference in sorted({(theirs[one].ground, theirs[one].reference or "") for one in keys}):
        together = [one for one in keys if (theirs[one].ground, theirs[one].reference or "") == (ground, reference)]
        lines = [_line(theirs[one], deleted[one], epochs[one]) for one in together]
        act = issue_joint_act(uow, ground, lines, data, approved_by)
        for subject_id in together:
            results[theirs[subject_id].id] = {
                "deleted": deleted[subject_id],
                "read_back": left,
                "key_epoch": epochs[subject_id],
                "act": act,
            }
    _finish(uow, results)
    return results


def _data_of(uow: UnitOfWork, people: Collection[UUID]) -> Json:
    versions = [version_by_id(uow, version_id) for version_id in versions_answered(uow, people)]
    return {
        "categories": categories([(version.name, version.terms) for version in versions]),
        "identifiers": sorted(kinds_among(uow, people)),
    }


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
