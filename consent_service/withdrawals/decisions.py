"""What is decided on a withdrawal after it was received: effect, taking back, refusal, closing."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from consent_service.consents.endings import finish_withdrawal
from consent_service.erasure.queries import order_of
from consent_service.erasure.states import OrderState
from consent_service.kernel.errors import ConflictError, TransitionError
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.service import append
from consent_service.policies.queries import version_by_id
from consent_service.subjects.service import keep_note, lock_by_id, lock_by_ref
from consent_service.withdrawals.course import become_effective, end, lock, open_purposes, release_purposes
from consent_service.withdrawals.states import GRANTED_AGAIN, MOVES, Bar, WithdrawalState
from consent_service.withdrawals.tables import Withdrawal


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
    if len(again) < len(rows):
        release_purposes(uow, withdrawal_id, again)
        become_effective(uow, withdrawal)
    else:
        end(uow, withdrawal, WithdrawalState.CANCELLED, by=GRANTED_AGAIN)
    uow.session.flush()


def cancel_withdrawal(uow: UnitOfWork, withdrawal_id: UUID, *, by: str) -> None:
    """Take a withdrawal back, where the document gives that right and its erasure has not started.

    Raises:
        NotFoundError: There is no such withdrawal.
        ConflictError: The document gives no such right, or it is too late; the clause is named.
    """
    withdrawal = lock(uow, withdrawal_id)
    terms = version_by_id(uow, withdrawal.version_id).terms
    take_back = terms.withdrawal.take_back
    if take_back is None:
        cited = ", ".join(sorted({c for effect in terms.withdrawal.effects for c in effect.clause})) or "94-V 8"
        raise ConflictError(
            f"The document gives no right to take a withdrawal back (clause {cited}); the person can consent again."
        )
    if by not in take_back.by:
        raise ConflictError(
            f"Clause {', '.join(take_back.clause)} lets a withdrawal be taken back by: {', '.join(take_back.by)}."
        )
    if withdrawal.state not in {WithdrawalState.SCHEDULED, WithdrawalState.EFFECTIVE}:
        raise TransitionError(
            f"The withdrawal is {withdrawal.state}; clause {', '.join(take_back.clause)} ended with the erasure."
        )
    end(uow, withdrawal, WithdrawalState.CANCELLED, by=by)
    uow.session.flush()


def refuse_withdrawal(uow: UnitOfWork, withdrawal_id: UUID, *, bar: Bar, reference: str, reason: str) -> None:
    """Refuse on one of the three bars, with its article or obligation; the consent stands again.

    Raises:
        NotFoundError: There is no such withdrawal.
        ConflictError: It is too late: the erasure has started, or it is closed.
    """
    withdrawal = lock(uow, withdrawal_id)
    if WithdrawalState.REFUSED not in MOVES[withdrawal.state]:
        raise TransitionError(f"The withdrawal is {withdrawal.state}: it can no longer be refused.")
    person = lock_by_id(uow, withdrawal.subject_id)
    if person is not None:
        keep_note(uow, person, withdrawal.id, "refusal", reason)
    withdrawal.bar, withdrawal.bar_reference = bar, reference
    end(uow, withdrawal, WithdrawalState.REFUSED, by=None)
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
            Withdrawal.state.in_((WithdrawalState.SCHEDULED, WithdrawalState.EFFECTIVE)),
            Withdrawal.received_at < at,
        )
        .order_by(Withdrawal.received_at)
    ).all():
        try:
            cancel_withdrawal(uow, withdrawal_id, by="sign_in")
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
        withdrawal.state = WithdrawalState.CLOSED
        withdrawal.closed_at = uow.now
        release_purposes(uow, withdrawal_id)
        append(uow, EventType.WITHDRAWAL_CLOSED, withdrawal.id, {"withdrawal": str(withdrawal.id)})
    elif order.state in {OrderState.RUNNING, OrderState.FAILED}:
        withdrawal.state = WithdrawalState.ERASING
    uow.session.flush()
