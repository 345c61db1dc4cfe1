"""What is decided on a withdrawal after it was received: effect, taking back, closing."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from consent_service.consents.endings import finish_withdrawal
from consent_service.deadlines.rules import end_of_day
from consent_service.erasure.queries import order_of
from consent_service.erasure.states import OrderState
from consent_service.kernel.errors import ConflictError
from consent_service.kernel.uow import UnitOfWork
from consent_service.operators.queries import operator_rules
from consent_service.policies.queries import version_by_id
from consent_service.subjects.service import lock_by_id, lock_by_ref
from consent_service.withdrawals.course import (
    become_effective,
    close,
    end,
    lock,
    move,
    open_purposes,
    release_purposes,
)
from consent_service.withdrawals.service import release_answered_again
from consent_service.withdrawals.states import GRANTED_AGAIN, TAKEN_BACK_FROM, Matter, WithdrawalState
from consent_service.withdrawals.tables import Withdrawal
from consent_service.withdrawals.words import Why, reason

SIGN_IN = "sign_in"


def take_effect(uow: UnitOfWork, withdrawal_id: UUID) -> None:
    """Make a scheduled withdrawal effective on its day; nothing happens when that was done already.

    Where the person has consented again meanwhile, the later answer rules and the withdrawal ends.
    """
    withdrawal = lock(uow, withdrawal_id)
    if withdrawal.state is not WithdrawalState.SCHEDULED or withdrawal.effective_at > uow.now:
        return
    rows = open_purposes(uow, withdrawal_id)
    again = [
        row.purpose_id
        for row in rows
        if not finish_withdrawal(uow, row.consent_id, row.purpose_id, effective_at=withdrawal.effective_at)
    ]
    if len(again) < len(rows) or withdrawal.matter is Matter.PARTS:
        release_purposes(uow, withdrawal_id, again)
        become_effective(uow, withdrawal)
    else:
        end(uow, withdrawal, WithdrawalState.CANCELLED, by=GRANTED_AGAIN)
    uow.session.flush()


def give_way(uow: UnitOfWork, subject_id: UUID) -> None:
    """End the withdrawals of a person who has consented again: the later answer rules."""
    if lock_by_id(uow, subject_id) is not None:
        release_answered_again(uow, subject_id)
        uow.session.flush()


def cancel_withdrawal(uow: UnitOfWork, withdrawal_id: UUID, *, by: str) -> None:
    """Take a withdrawal back, where the document gives that right and its erasure has not started.

    A mere sign-in is implied consent: it is written down as a finding, and where the operator so sets, purposes that
    need consent stay stopped until the person is asked again.

    Raises:
        NotFoundError: There is no such withdrawal.
        ConflictError: The document gives no such right, or it is too late; the clause is named.
    """
    withdrawal = lock(uow, withdrawal_id)
    version = version_by_id(uow, withdrawal.version_id)
    take_back = version.terms.withdrawal.take_back
    if take_back is None or withdrawal.matter is Matter.AGREEMENT:
        cited = ", ".join(sorted({c for effect in version.terms.withdrawal.effects for c in effect.clause})) or "94-V 8"
        raise ConflictError(
            f"The document gives no right to take this back (clause {cited}); the person can consent again."
        )
    clause = ", ".join(take_back.clause)
    if by not in take_back.by:
        raise ConflictError(f"Clause {clause} lets a withdrawal be taken back by: {', '.join(take_back.by)}.")
    over = withdrawal.cancellable_until is not None and end_of_day(withdrawal.cancellable_until) <= uow.now
    if over or lock_by_id(uow, withdrawal.subject_id) is None:
        raise ConflictError(f"The time of clause {clause} is over: the person can consent again.")
    if withdrawal.state not in TAKEN_BACK_FROM:
        raise ConflictError(f"The withdrawal is {withdrawal.state}; clause {clause} ended with the erasure.")
    stopped: list[UUID] = []
    if by == SIGN_IN:
        withdrawal.rules = [*withdrawal.rules, reason(Why.SIGN_IN_TOOK_BACK, take_back.clause)]
        if operator_rules(uow).ask_again_after_sign_in:
            withdrawal.rules = [*withdrawal.rules, reason(Why.ASK_AGAIN, take_back.clause)]
            needing = {purpose.code for purpose in version.terms.purposes if purpose.needs_consent}
            stopped = [number for code, number in version.purposes.items() if code in needing]
    end(uow, withdrawal, WithdrawalState.CANCELLED, by=by, stays_stopped=stopped)
    uow.session.flush()


def sign_in_cancels(uow: UnitOfWork, subject_ref: str, at: datetime) -> list[UUID]:
    """Take back every withdrawal of a person that a sign-in after its receipt takes back by its document.

    Raises:
        NotFoundError: Nobody is known under the reference.
    """
    person = lock_by_ref(uow, subject_ref)
    taken_back = []
    for withdrawal_id in uow.session.scalars(
        select(Withdrawal.id)
        .where(
            Withdrawal.operator_id == uow.operator_id,
            Withdrawal.subject_id == person.id,
            Withdrawal.state.in_(TAKEN_BACK_FROM),
            Withdrawal.received_at < at,
        )
        .order_by(Withdrawal.received_at)
    ).all():
        try:
            cancel_withdrawal(uow, withdrawal_id, by=SIGN_IN)
        except ConflictError:
            continue  # this document, or the state of its erasure, does not allow it
        taken_back.append(withdrawal_id)
    return taken_back


def follow_erasure(uow: UnitOfWork, withdrawal_id: UUID) -> None:
    """Move a withdrawal as its erasure order has moved: erasing while it runs, closed once it is done."""
    withdrawal = lock(uow, withdrawal_id)
    order = order_of(uow, withdrawal_id)
    if order is None or withdrawal.state not in {WithdrawalState.EFFECTIVE, WithdrawalState.ERASING}:
        return
    if order.state is OrderState.DONE:
        close(uow, withdrawal)
    elif order.state in {OrderState.RUNNING, OrderState.FAILED} and withdrawal.state is not WithdrawalState.ERASING:
        move(withdrawal, WithdrawalState.ERASING)
    uow.session.flush()
