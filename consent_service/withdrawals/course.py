"""The moves of a withdrawal, each in the transaction of its caller, under the lock of the person."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import select, update

from consent_service.consents.endings import restore_choice
from consent_service.duties.service import cancel, meet
from consent_service.erasure.service import ERASING_ACTIONS, OrderErasure, cancel_order, order_erasure
from consent_service.kernel.db import table_of
from consent_service.kernel.errors import NotFoundError
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.service import append
from consent_service.subjects.service import lock_by_id
from consent_service.withdrawals.rules import CASE_KIND, STOP
from consent_service.withdrawals.states import WithdrawalState
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


def become_effective(uow: UnitOfWork, withdrawal: Withdrawal) -> None:
    """Stop processing and put the erasure on the clock."""
    withdrawal.state = WithdrawalState.EFFECTIVE
    # The permission ended on its instant, whenever the worker came by.
    meet(uow, withdrawal.id, [STOP], at=withdrawal.effective_at)
    append(uow, EventType.WITHDRAWAL_EFFECTIVE, withdrawal.subject_id, {"withdrawal": str(withdrawal.id)})
    order_erasure(
        uow,
        OrderErasure(
            subject_id=withdrawal.subject_id,
            cause_kind=CASE_KIND,
            cause_id=withdrawal.id,
            ground=withdrawal.erase_ground,
            run_after=withdrawal.erase_run_after,
            due_on=withdrawal.erase_due_on,
        ),
    )


def end(uow: UnitOfWork, withdrawal: Withdrawal, state: WithdrawalState, *, by: str | None) -> None:
    """Refuse or cancel: the consents stand again, the erasure is off, what was owed is settled."""
    cancel_order(uow, withdrawal.id)
    for row in open_purposes(uow, withdrawal.id):
        restore_choice(uow, row.consent_id, row.purpose_id, row.state_before)
    release_purposes(uow, withdrawal.id)
    withdrawal.state = state
    withdrawal.cancelled_by = by
    withdrawal.decided_at = uow.now
    if state is WithdrawalState.REFUSED:
        meet(uow, withdrawal.id, [STOP])
        cancel(uow, withdrawal.id, ERASING_ACTIONS)
        append(
            uow,
            EventType.WITHDRAWAL_REFUSED,
            withdrawal.subject_id,
            {
                "withdrawal": str(withdrawal.id),
                "bar": str(withdrawal.bar),
                "reference": withdrawal.bar_reference,
            },
        )
        return
    cancel(uow, withdrawal.id)
    append(
        uow,
        EventType.WITHDRAWAL_CANCELLED,
        withdrawal.subject_id,
        {"withdrawal": str(withdrawal.id), "by": by},
    )


def open_purposes(uow: UnitOfWork, withdrawal_id: UUID) -> Sequence[WithdrawalPurpose]:
    """Return the purposes that a withdrawal still covers."""
    return uow.session.scalars(
        select(WithdrawalPurpose).where(
            WithdrawalPurpose.operator_id == uow.operator_id,
            WithdrawalPurpose.withdrawal_id == withdrawal_id,
            WithdrawalPurpose.is_open,
        )
    ).all()


def release_purposes(uow: UnitOfWork, withdrawal_id: UUID, purpose_ids: Iterable[UUID] | None = None) -> None:
    """Let go of some purposes of a withdrawal, or of all, so that they can be withdrawn anew."""
    query = update(_PURPOSES).where(
        _PURPOSES.c.operator_id == uow.operator_id, _PURPOSES.c.withdrawal_id == withdrawal_id
    )
    if purpose_ids is not None:
        query = query.where(_PURPOSES.c.purpose_id.in_(list(purpose_ids)))
    uow.session.execute(query.values(is_open=False))
