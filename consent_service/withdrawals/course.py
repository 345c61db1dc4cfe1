"""The moves of a withdrawal, each in the transaction of its caller, under the lock of the person."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update

from consent_service.consents.endings import restore_choice
from consent_service.consents.parts import restore_parts
from consent_service.duties.clock_log import Entry, log
from consent_service.duties.service import cancel, meet, reopen
from consent_service.duties.states import MET, ClockKind
from consent_service.erasure.service import ERASING_ACTIONS, OrderErasure, cancel_order, order_erasure
from consent_service.kernel.db import table_of
from consent_service.kernel.errors import NotFoundError, TransitionError
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.service import append
from consent_service.subjects.service import lock_by_id
from consent_service.webhooks.announcing import announce
from consent_service.webhooks.states import Kind
from consent_service.withdrawals.rules import CASE_KIND, STOP
from consent_service.withdrawals.states import MOVES, Matter, WithdrawalState
from consent_service.withdrawals.tables import Withdrawal, WithdrawalPurpose

_PURPOSES = table_of(WithdrawalPurpose)


def lock(uow: UnitOfWork, withdrawal_id: UUID) -> Withdrawal:
    """Lock the person first and the withdrawal second, in the order that everybody uses."""
    subject_id = uow.session.scalar(
        select(Withdrawal.subject_id).where(Withdrawal.operator_id == uow.operator_id, Withdrawal.id == withdrawal_id)
    )
    if subject_id is None:
        raise NotFoundError("There is no such withdrawal.")
    lock_by_id(uow, subject_id)
    withdrawal = uow.session.scalar(
        select(Withdrawal)
        .where(Withdrawal.operator_id == uow.operator_id, Withdrawal.id == withdrawal_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if withdrawal is None:
        raise NotFoundError("There is no such withdrawal.")
    return withdrawal


def move(withdrawal: Withdrawal, to: WithdrawalState) -> None:
    """Move a withdrawal along an arrow.

    Raises:
        TransitionError: There is no such arrow.
    """
    if to not in MOVES[withdrawal.state]:
        raise TransitionError(f"The withdrawal is {withdrawal.state}: it cannot become {to}.")
    withdrawal.state = to


def become_effective(uow: UnitOfWork, withdrawal: Withdrawal) -> None:
    """Stop processing and put the erasure on the clock; where only parts stop, all is done with that."""
    move(withdrawal, WithdrawalState.EFFECTIVE)
    # The permission ended on its instant, whenever the worker came by.
    meet(uow, withdrawal.id, [STOP], at=withdrawal.effective_at)
    append(uow, EventType.WITHDRAWAL_EFFECTIVE, withdrawal.subject_id, {"withdrawal": str(withdrawal.id)})
    rows = [row for row in purposes_of(uow, withdrawal.id) if row.is_open or withdrawal.matter is Matter.PARTS]
    purposes = [row.purpose_id for row in rows]
    announce(uow, Kind.WITHDRAWAL_EFFECTIVE, withdrawal.subject_id, purposes, withdrawal=withdrawal.id)
    if withdrawal.erase_ground is None or withdrawal.erase_run_after is None or withdrawal.erase_due_on is None:
        close(uow, withdrawal)
        return
    order_erasure(
        uow,
        OrderErasure(
            subject_id=withdrawal.subject_id,
            cause_kind=CASE_KIND,
            cause_id=withdrawal.id,
            ground=withdrawal.erase_ground,
            run_after=withdrawal.erase_run_after,
            due_on=withdrawal.erase_due_on,
            purposes=purposes,
        ),
    )


def close(uow: UnitOfWork, withdrawal: Withdrawal) -> None:
    """Close a withdrawal: everything that it led to is done."""
    move(withdrawal, WithdrawalState.CLOSED)
    withdrawal.closed_at = uow.now
    release_purposes(uow, withdrawal.id)
    append(uow, EventType.WITHDRAWAL_CLOSED, withdrawal.id, {"withdrawal": str(withdrawal.id)})


def end(
    uow: UnitOfWork,
    withdrawal: Withdrawal,
    state: WithdrawalState,
    *,
    by: str | None,
    stays_stopped: Iterable[UUID] = (),
) -> None:
    """Refuse or cancel: the consents stand again, the erasure is off; what was owed is settled once it was done.

    ``stays_stopped``: purposes whose consent the person is to be asked for again.
    """
    move(withdrawal, state)
    cancel_order(uow, withdrawal.id)
    withdrawal.cancelled_by = by
    withdrawal.decided_at = uow.now
    restore(uow, withdrawal, except_for=stays_stopped, barred=state is WithdrawalState.REFUSED)
    facts: dict[str, object] = {"withdrawal": str(withdrawal.id)}
    if state is WithdrawalState.REFUSED:
        # Whoever refuses owes the person the reasons in time: that is met when the letter has gone out.
        cancel(uow, withdrawal.id, ERASING_ACTIONS)
        reopen(uow, withdrawal.id, [STOP], after=MET)
        facts |= {"bar": str(withdrawal.bar)}
        append(uow, EventType.WITHDRAWAL_REFUSED, withdrawal.subject_id, facts)
    else:
        cancel(uow, withdrawal.id)
        append(uow, EventType.WITHDRAWAL_CANCELLED, withdrawal.subject_id, {**facts, "by": by})
    note_decision(uow, withdrawal, {"decision": str(state), "by": by})


def restore(uow: UnitOfWork, withdrawal: Withdrawal, *, except_for: Iterable[UUID] = (), barred: bool) -> None:
    """Let the consents of a withdrawal stand again, save those that are to be asked for anew."""
    stopped = set(except_for)
    rows = purposes_of(uow, withdrawal.id)
    allowed = []
    for row in rows:
        if withdrawal.matter is Matter.PARTS:
            restore_parts(uow, row.consent_id, row.purpose_id, withdrawal.parts)
            allowed.append(row.purpose_id)
        elif row.is_open and row.purpose_id not in stopped:
            ruled_at = None if barred else uow.now
            if restore_choice(uow, row.consent_id, row.purpose_id, row.state_before, ruled_at=ruled_at):
                allowed.append(row.purpose_id)
    release_purposes(uow, withdrawal.id, barred=barred)
    announce_stops(uow, withdrawal, dict.fromkeys(allowed, uow.now))


def announce_stops(uow: UnitOfWork, withdrawal: Withdrawal, stops: Mapping[UUID, datetime]) -> None:
    """Tell the operator's systems to ask again about purposes, at each instant at which some of them stop or go on."""
    for at in sorted(set(stops.values())):
        purposes = [purpose_id for purpose_id, when in stops.items() if when == at]
        announce(uow, Kind.PERMISSION_CHANGED, withdrawal.subject_id, purposes, at=at, withdrawal=withdrawal.id)


def note_decision(uow: UnitOfWork, withdrawal: Withdrawal, facts: Mapping[str, object], reason: str = "") -> None:
    """Write a decision into the clock log of the case."""
    log(uow, CASE_KIND, withdrawal.id, [Entry(ClockKind.DECIDED, uow.now, reason=reason or None, facts=facts)])


def purposes_of(uow: UnitOfWork, withdrawal_id: UUID) -> Sequence[WithdrawalPurpose]:
    """Return every purpose of a withdrawal."""
    return uow.session.scalars(
        select(WithdrawalPurpose)
        .where(WithdrawalPurpose.operator_id == uow.operator_id, WithdrawalPurpose.withdrawal_id == withdrawal_id)
        .execution_options(populate_existing=True)
    ).all()


def open_purposes(uow: UnitOfWork, withdrawal_id: UUID) -> list[WithdrawalPurpose]:
    """Return the purposes that a withdrawal still covers."""
    return [row for row in purposes_of(uow, withdrawal_id) if row.is_open]


def release_purposes(
    uow: UnitOfWork, withdrawal_id: UUID, purpose_ids: Iterable[UUID] | None = None, *, barred: bool = False
) -> None:
    """Let go of some purposes of a withdrawal, or of all, so that they can be withdrawn anew."""
    query = update(_PURPOSES).where(
        _PURPOSES.c.operator_id == uow.operator_id, _PURPOSES.c.withdrawal_id == withdrawal_id, _PURPOSES.c.is_open
    )
    if purpose_ids is not None:
        query = query.where(_PURPOSES.c.purpose_id.in_(list(purpose_ids)))
    uow.session.execute(query.values(is_open=False, is_barred=barred))
