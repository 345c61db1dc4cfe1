"""Erasing again whoever came back with a database that was put back: by orders of their own, on the one road.

An order of a replay takes up the erasure that the log names: on its ground, due on its day, so that it is late until it
is done.  It needs no approval, which was given then; a legal hold bars it as it bars every other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import insert, select, update

from consent_service.consents.blocking import end_answered_until
from consent_service.deadlines.rules import almaty_day
from consent_service.erasure.asking import IdentifiersGoneError, TargetGoneError
from consent_service.erasure.certificates import issue_act
from consent_service.erasure.claims import code_of, target_row
from consent_service.erasure.destroying import ErasureIncompleteError
from consent_service.erasure.evidence import keep_proofs
from consent_service.erasure.execution import certify, destroyed_by, ordered_as
from consent_service.erasure.holds import hold_order, why_held
from consent_service.erasure.log import ErasureLog, Gone
from consent_service.erasure.moves import move
from consent_service.erasure.outside import BY_HAND
from consent_service.erasure.rules import FIRST_PAUSE
from consent_service.erasure.service import OrderErasure, order_replayed
from consent_service.erasure.states import OPEN, REPLAY, OrderState, TargetState
from consent_service.erasure.tables import ErasureOrder, OrderTarget
from consent_service.erasure.targets import Target
from consent_service.kernel.db import changed_rows, table_of
from consent_service.kernel.errors import ConsentServiceError
from consent_service.kernel.uow import UnitOfWork
from consent_service.operators.service import lock_operator
from consent_service.subjects.many import count_rows_of, erase_people
from consent_service.subjects.queries import known_among
from consent_service.subjects.revealing import lock_unopened, opens

_ORDERS, _TARGETS = table_of(ErasureOrder), table_of(OrderTarget)
_LAST = 1000  # places of which only the log knows are asked after those that are described


@dataclass(frozen=True, slots=True)
class Replayed:
    """What became of one erasure of the log: the order that took it up, and the places where it is not done.

    ``has_come_back``: the person was in this database again.  ``state`` is None where nothing was left to do.
    """

    operator_id: int
    person: UUID
    order_id: UUID
    state: OrderState
    has_come_back: bool
    not_done: Mapping[str, str]  # by the name of the place, the code of what is wrong there


def order_again(
    uow: UnitOfWork,
    erased: Sequence[Gone],
    targets: Sequence[Target] | None,
    log: ErasureLog,
    *,
    evidence_years: int,
) -> None:
    """Order the erasures of an operator again whose people are here, or were erased at places outside.

    ``targets``: where data of people lie now; None where the credentials of those places cannot be opened.  Of people
    whose own key cannot be opened the rows go at once, and the places outside are left to somebody's hands.
    """
    latest = {one.person: one for one in erased}  # one who was erased twice came back before
    known = known_among(uow, list(latest))
    taken_up = _taken_up(uow, list(latest))
    todo = [one for one in latest.values() if one.person not in taken_up and (one.person in known or one.targets)]
    orders = order_replayed(uow, [_command(uow, one) for one in todo])
    for one in todo:
        if one.order not in orders:
            continue
        order_id, here = orders[one.order], {target.name for target in targets or ()}
        if one.person in known:
            end_answered_until(uow, one.person, one.at)
        if one.person not in known:
            _leave_to_hand(uow, order_id, one.targets)
        elif targets is None or not opens(uow, one.person):
            places = dict(one.targets) | {target.name: target.kind for target in targets or ()}
            _erase_unopened(uow, order_id, places, log, evidence_years)
        else:
            gone = {name: kind for name, kind in one.targets.items() if name not in here}
            _fail(uow, order_id, gone, TargetGoneError("This target is described no more."))


def ask_again(uow: UnitOfWork) -> int:
    """Let open orders ask every place again that had confirmed: it may have been put back as well; returns how many.

    What somebody answered for by hand stays answered.  Orders that a killed replay was working on are free again.
    """
    uow.session.execute(
        update(_ORDERS)
        .where(
            _ORDERS.c.operator_id == uow.operator_id,
            _ORDERS.c.cause_kind == REPLAY,
            _ORDERS.c.state == OrderState.RUNNING,
        )
        .values(claimed_until=uow.now)
    )
    open_orders = select(_ORDERS.c.id).where(
        _ORDERS.c.operator_id == uow.operator_id, _ORDERS.c.cause_kind != REPLAY, _ORDERS.c.state.in_(OPEN)
    )
    again = uow.session.execute(
        update(_TARGETS)
        .where(
            _TARGETS.c.operator_id == uow.operator_id,
            _TARGETS.c.order_id.in_(open_orders),
            _TARGETS.c.state == TargetState.CONFIRMED,
            _TARGETS.c.method != BY_HAND,
        )
        .values(state=TargetState.WAITING, next_try_at=uow.now, before=None)
    )
    return changed_rows(again)


def replayed(uow: UnitOfWork, erased: Sequence[Gone]) -> list[Replayed]:
    """Return what became of erasures of the log; those after which nothing was left to do are left out."""
    rows = uow.session.execute(
        select(_ORDERS.c.id, _ORDERS.c.subject_id, _ORDERS.c.state, _ORDERS.c.result)
        .where(
            _ORDERS.c.operator_id == uow.operator_id,
            _ORDERS.c.cause_kind == REPLAY,
            _ORDERS.c.cause_id.in_([one.order for one in erased]),
        )
        .order_by(_ORDERS.c.id)
    ).all()
    known = known_among(uow, [row.subject_id for row in rows])
    not_done: dict[UUID, dict[str, str]] = {}
    for row in uow.session.execute(
        select(_TARGETS.c.order_id, _TARGETS.c.name, _TARGETS.c.state, _TARGETS.c.last_error).where(
            _TARGETS.c.operator_id == uow.operator_id,
            _TARGETS.c.order_id.in_([row.id for row in rows]),
            _TARGETS.c.state != TargetState.CONFIRMED,
        )
    ):
        not_done.setdefault(row.order_id, {})[row.name] = row.last_error or str(row.state)
    return [
        Replayed(
            operator_id=uow.operator_id,
            person=row.subject_id,
            order_id=row.id,
            state=row.state,
            has_come_back=row.subject_id in known or bool((row.result or {}).get("deleted")),
            not_done=not_done.get(row.id, {}),
        )
        for row in rows
    ]


def _command(uow: UnitOfWork, one: Gone) -> OrderErasure:
    return OrderErasure(
        subject_id=one.person,
        cause_kind=REPLAY,
        cause_id=one.order,
        ground=one.ground,
        run_after=uow.now,
        due_on=almaty_day(one.at),
        demanded=True,
        reference=f"act {one.act}" if one.act else None,
    )


def _taken_up(uow: UnitOfWork, people: Sequence[UUID]) -> set[UUID]:
    return set(
        uow.session.scalars(
            select(_ORDERS.c.subject_id).where(
                _ORDERS.c.operator_id == uow.operator_id,
                _ORDERS.c.cause_kind == REPLAY,
                _ORDERS.c.subject_id.in_(people),
            )
        )
    )


def _leave_to_hand(uow: UnitOfWork, order_id: UUID, places: Mapping[str, str]) -> None:
    """Fail an order about somebody whom nobody can name any more: it stays open until each place is answered for."""
    error = IdentifiersGoneError("Nobody can say any more whom to erase there.")
    _fail(uow, order_id, places, error)
    here = _ORDERS.c.id == order_id
    move(uow, OrderState.RUNNING, here, started_at=uow.now)
    move(uow, OrderState.FAILED, here, last_error=code_of(error), run_after=uow.now + FIRST_PAUSE)


def _fail(uow: UnitOfWork, order_id: UUID, places: Mapping[str, str], error: ConsentServiceError) -> None:
    """Note places that cannot be asked; they were asked before, so that none of them is forgotten."""
    if places:
        uow.session.execute(
            insert(_TARGETS),
            [
                target_row(uow, order_id, name, kind, _LAST + n)
                | {
                    "state": TargetState.FAILED,
                    "attempts": 1,
                    "found": {},
                    "last_error": code_of(error),
                    "next_try_at": uow.now + FIRST_PAUSE,
                }
                for n, (name, kind) in enumerate(sorted(places.items()))
            ],
        )


def _erase_unopened(
    uow: UnitOfWork, order_id: UUID, places: Mapping[str, str], log: ErasureLog, evidence_years: int
) -> None:
    """Delete the rows of a person whose key is gone; nobody could be asked with what they hold."""
    order = uow.session.get_one(ErasureOrder, (uow.operator_id, order_id))
    held = why_held(uow, order.subject_id)
    if held is not None:
        hold_order(uow, order_id, held)
        return
    move(uow, OrderState.RUNNING, _ORDERS.c.id == order_id, started_at=uow.now, attempts=1)
    uow.session.refresh(order)
    epoch = lock_unopened(uow, order.subject_id)
    gone = erase_people(uow, {order.subject_id: None})
    left = count_rows_of(uow, [order.subject_id])
    if epoch is None or any(left.values()):
        raise ErasureIncompleteError("Reading back found personal rows that were to be gone.")
    until = keep_proofs(uow, {order.subject_id: epoch}, evidence_years)
    result = {"deleted": dict(gone.counts[order.subject_id]), "read_back": left, "key_epoch": epoch}
    if places:
        order.result = result
        uow.session.flush()
        _leave_to_hand(uow, order_id, places)
        return
    lock_operator(uow, closed_too=True)
    data: dict[str, list[str]] = {"categories": [], "identifiers": []}
    act = issue_act(uow, ordered_as(order, None), data, destroyed_by(result, []))
    proof = {"subject": str(order.subject_id), "evidence_until": until.isoformat()}
    certify(uow, order, {**result, "act": act}, proof, [], log)
