"""Dating a withdrawal again: its receipt was put right, or another edition of the calendar rules."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from consent_service.consents.endings import reschedule_choice
from consent_service.consents.parts import reschedule_parts
from consent_service.consents.ruling import ruling_answers
from consent_service.deadlines.rules import moment_before
from consent_service.deadlines.service import Law
from consent_service.duties.clock_log import Entry, log
from consent_service.duties.redating import Difference, redate
from consent_service.duties.rules import Case
from consent_service.duties.states import ClockKind, Moment
from consent_service.erasure.service import redate_order
from consent_service.kernel.errors import InvalidInputError, TransitionError
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.service import append, instant
from consent_service.operators.queries import operator_slug
from consent_service.policies.queries import version_by_id
from consent_service.policies.terms import TerminatedBy, TerminationGround
from consent_service.storage.queries import storage_by
from consent_service.withdrawals.course import announce_stops, lock, purposes_of
from consent_service.withdrawals.rules import CASE_KIND, Plan, ending_rule, plan, plan_ending
from consent_service.withdrawals.states import MOVABLE, Matter, WithdrawalState
from consent_service.withdrawals.tables import Withdrawal, WithdrawalPurpose


def correct_receipt(
    uow: UnitOfWork, withdrawal_id: UUID, received_at: datetime, *, reason: str, law: Law
) -> list[Difference]:
    """Put the receipt of a withdrawal right; every date that rests on it follows, met duties are judged anew.

    What has stopped stays stopped, even where the right day would have come later: that is on the person's side.

    Raises:
        NotFoundError: There is no such withdrawal.
        TransitionError: It is closed, refused, taken back or being erased.
        InvalidInputError: The instant is in the future, or before the letter was sent.
    """
    withdrawal = lock(uow, withdrawal_id)
    if withdrawal.state not in MOVABLE or withdrawal.resumed_at is not None:
        raise TransitionError(f"The withdrawal is {withdrawal.state}: its receipt can no longer be put right.")
    if received_at > uow.now:
        raise InvalidInputError.of("received_at", "This instant is in the future; send when it was received.")
    if withdrawal.sent_at is not None and received_at < withdrawal.sent_at:
        raise InvalidInputError.of("received_at", "A letter cannot be received before it was sent.")
    codes = _open_codes(uow, withdrawal)
    worked_out = _plan(uow, withdrawal, codes, received_at, law)
    before = {"before": withdrawal.received_on.isoformat()}
    log(
        uow,
        CASE_KIND,
        withdrawal.id,
        [
            Entry(ClockKind.CORRECTED, received_at, Moment.RECEIVED, reason, before),
            Entry(ClockKind.CORRECTED, moment_before(worked_out.effective_at), Moment.EFFECTIVE, reason),
            *(
                Entry(ClockKind.CORRECTED, duty.from_at, Moment.ENDED, reason)
                for duty in worked_out.duties
                if duty.moment is Moment.ENDED
            ),
        ],
        subject_id=withdrawal.subject_id,
    )
    withdrawal.received_at = received_at
    withdrawal.received_on = worked_out.received_on
    if withdrawal.state is WithdrawalState.SCHEDULED:
        _move_effect(uow, withdrawal, codes, worked_out)
    facts = {
        "withdrawal": str(withdrawal.id),
        "received_at": instant(received_at),
        "received_on": withdrawal.received_on.isoformat(),
        "effective_on": withdrawal.effective_on.isoformat(),
        "effective_at": instant(withdrawal.effective_at),
        **ruling_answers(uow, withdrawal.subject_id),
    }
    append(uow, EventType.WITHDRAWAL_CORRECTED, withdrawal.subject_id, facts)
    return _follow(uow, withdrawal, worked_out, law, kind=ClockKind.CORRECTED, reason=reason)


def recalculate(uow: UnitOfWork, withdrawal_id: UUID, *, reason: str, law: Law) -> list[Difference]:
    """Date a withdrawal again with the present edition of the calendar.

    Raises:
        NotFoundError: There is no such withdrawal.
    """
    withdrawal = lock(uow, withdrawal_id)
    if withdrawal.state in MOVABLE and withdrawal.resumed_at is None:
        worked_out = _plan(uow, withdrawal, _open_codes(uow, withdrawal), withdrawal.received_at, law)
        return _follow(uow, withdrawal, worked_out, law, kind=ClockKind.RECALCULATED, reason=reason)
    case = Case(CASE_KIND, withdrawal.id, withdrawal.subject_id)
    return redate(uow, case, law.calendar, kind=ClockKind.RECALCULATED, reason=reason)


def _open_codes(uow: UnitOfWork, withdrawal: Withdrawal) -> dict[str, WithdrawalPurpose]:
    codes = version_by_id(uow, withdrawal.version_id).codes
    rows = purposes_of(uow, withdrawal.id)
    return {
        codes.get(row.purpose_id, str(row.purpose_id)): row
        for row in rows
        if row.is_open or withdrawal.matter is Matter.PARTS
    }


def _plan(
    uow: UnitOfWork, withdrawal: Withdrawal, codes: Mapping[str, WithdrawalPurpose], received_at: datetime, law: Law
) -> Plan:
    version = version_by_id(uow, withdrawal.version_id)
    terms, storage = version.terms, storage_by(uow, version, law.catalogue)
    if withdrawal.matter is not Matter.AGREEMENT:
        return plan(
            terms,
            list(codes),
            operator=operator_slug(uow),
            received_at=received_at,
            wanted_on=withdrawal.wanted_on,
            storage=storage,
            calendar=law.calendar,
            catalogue=law.catalogue,
            erases=withdrawal.matter is Matter.CONSENT,
        )
    by, ground = TerminatedBy(withdrawal.acting["by"]), TerminationGround(withdrawal.acting["ground"])
    rule = ending_rule(terms, by, ground)
    if rule is None:
        raise TransitionError("The document has no rule for this ending: its dates cannot be computed again.")
    sent = withdrawal.sent_at if by is TerminatedBy.OPERATOR else None
    return plan_ending(
        terms,
        rule,
        list(codes),
        operator=operator_slug(uow),
        noticed_at=sent or received_at,
        wanted_on=withdrawal.wanted_on,
        storage=storage,
        calendar=law.calendar,
    )


def _move_effect(
    uow: UnitOfWork, withdrawal: Withdrawal, codes: Mapping[str, WithdrawalPurpose], worked_out: Plan
) -> None:
    withdrawal.effective_on, withdrawal.effective_at = worked_out.effective_on, worked_out.effective_at
    for code, row in codes.items():
        effective_at = worked_out.effective[code]
        if withdrawal.matter is Matter.PARTS:
            reschedule_parts(uow, row.consent_id, row.purpose_id, withdrawal.parts, effective_at)
        else:
            reschedule_choice(uow, row.consent_id, row.purpose_id, effective_at=effective_at)
    announce_stops(uow, withdrawal, {row.purpose_id: worked_out.effective[code] for code, row in codes.items()})


def _follow(
    uow: UnitOfWork, withdrawal: Withdrawal, worked_out: Plan, law: Law, *, kind: ClockKind, reason: str
) -> list[Difference]:
    withdrawal.cancellable_until = worked_out.cancellable_until
    withdrawal.rules = list(worked_out.rules)
    erasure = worked_out.erasure
    if erasure is not None:
        withdrawal.erase_due_on, withdrawal.erase_run_after = erasure.due_on, erasure.run_after
        redate_order(uow, withdrawal.id, run_after=erasure.run_after, due_on=erasure.due_on)
    case = Case(CASE_KIND, withdrawal.id, withdrawal.subject_id)
    return redate(uow, case, law.calendar, kind=kind, reason=reason)
