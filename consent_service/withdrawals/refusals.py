"""Refusing a withdrawal on one of the three bars, with a reasoned letter; and going on once the bar has fallen away."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from consent_service.consents.endings import choice_of, restore_choice, withdraw_choice
from consent_service.consents.parts import withdraw_parts
from consent_service.consents.ruling import ruling_answers
from consent_service.deadlines.rules import almaty_day, moment_before
from consent_service.deadlines.service import Law
from consent_service.duties.clock_log import Entry, log
from consent_service.duties.queries import duties_of
from consent_service.duties.rules import Case, DutySpec
from consent_service.duties.service import owe
from consent_service.duties.states import ClockKind
from consent_service.kernel.errors import ConflictError, InvalidInputError
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.service import append, instant
from consent_service.letters.service import WriteLetter, write_letter
from consent_service.letters.states import LetterChannel, LetterKind
from consent_service.operators.queries import operator_view
from consent_service.policies.queries import Version, version_by_id
from consent_service.storage.queries import storage_by
from consent_service.storage.states import StorageStart
from consent_service.subjects.identity import IdentifierKind
from consent_service.subjects.service import Person, lock_by_id, reveal_identifier
from consent_service.withdrawals.course import (
    announce_stops,
    become_effective,
    end,
    lock,
    move,
    note_decision,
    purposes_of,
    release_purposes,
)
from consent_service.withdrawals.options import refusable_until
from consent_service.withdrawals.refusal_letter import refusal_pages
from consent_service.withdrawals.rules import CASE_KIND, STOP, WITHDRAWAL, plan_erasure
from consent_service.withdrawals.states import MOVES, Bar, Matter, WithdrawalState
from consent_service.withdrawals.tables import Withdrawal, WithdrawalPurpose
from consent_service.withdrawals.words import Why, reason

SEND_REFUSAL = "send_refusal"


@dataclass(frozen=True, slots=True)
class RefuseWithdrawal:
    """Why a withdrawal is refused, for which purposes (all where None), and how the letter goes out."""

    withdrawal_id: UUID
    bar: Bar
    reference: str
    reason: str
    purposes: Sequence[str] | None = None
    channel: LetterChannel | None = None


def refuse_withdrawal(uow: UnitOfWork, command: RefuseWithdrawal, law: Law) -> UUID | None:
    """Refuse on one of the three bars (art. 8(2), 8(7)); the barred purposes stand again, others stay withdrawn.

    The reasoned letter goes out in Kazakh and Russian; the duty to refuse in time is met when it has been sent.
    Returns the letter, None where the person has been erased.

    Raises:
        NotFoundError: There is no such withdrawal.
        ConflictError: It is too late: the erasure has started, or it is closed.
        InvalidInputError: A purpose is none of this withdrawal.
    """
    withdrawal = lock(uow, command.withdrawal_id)
    version = version_by_id(uow, withdrawal.version_id)
    rows = {version.codes[row.purpose_id]: row for row in purposes_of(uow, withdrawal.id)}
    barred = _barred(command.purposes, rows, withdrawal)
    is_whole = len(barred) == len(rows) or withdrawal.matter is Matter.PARTS
    if WithdrawalState.REFUSED not in MOVES[withdrawal.state]:
        raise ConflictError(f"The withdrawal is {withdrawal.state}: it can no longer be refused.")
    _check_time(uow, withdrawal)
    if lock_by_id(uow, withdrawal.subject_id) is None:
        raise ConflictError("The person has been erased: nothing can stand again.")
    withdrawal.bar, withdrawal.bar_reference = command.bar, command.reference
    if is_whole:
        end(uow, withdrawal, WithdrawalState.REFUSED, by=None)
        action = STOP
    else:
        _release_barred(uow, withdrawal, barred, command, law)
        action = SEND_REFUSAL
    withdrawal.rules = [
        *withdrawal.rules,
        reason(Why.BARRED, ("94-V 8",), period=dict.fromkeys(("kk", "ru", "en"), command.reference)),
    ]
    uow.session.flush()
    person = lock_by_id(uow, withdrawal.subject_id)
    if person is None:
        return None
    return _write(uow, withdrawal, version, person, list(barred), command, action)


def resume_withdrawal(uow: UnitOfWork, withdrawal_id: UUID, *, at: datetime, why: str, law: Law) -> None:
    """Go on with a withdrawal whose bar has fallen away: the person need not ask again.

    Processing stops when the bar fell, or on the day that the document gave, whichever is later; the erasure is
    counted from there.

    Raises:
        NotFoundError: There is no such withdrawal.
        ConflictError: Nothing of it was barred, or the person has answered again since.
        InvalidInputError: The instant is in the future, or before the withdrawal.
    """
    withdrawal = lock(uow, withdrawal_id)
    if at > uow.now or at < withdrawal.received_at:
        raise InvalidInputError.of("at", "Send when the bar fell away: after the receipt, and not in the future.")
    version = version_by_id(uow, withdrawal.version_id)
    barred = [row for row in purposes_of(uow, withdrawal.id) if row.is_barred or _is_parts_refused(withdrawal)]
    if withdrawal.state is not WithdrawalState.REFUSED or not barred:
        raise ConflictError("Nothing of this withdrawal waits for a bar to fall away.")
    effective_at = max(withdrawal.effective_at, at)
    gone_on = _withdraw_again(uow, withdrawal, barred, effective_at)
    if not gone_on:
        raise ConflictError("The person has answered again since: that answer rules, and can be withdrawn anew.")
    withdrawal.resumed_at = at
    if at > withdrawal.effective_at:
        withdrawal.effective_at, withdrawal.effective_on = at, almaty_day(at)
    rules = [*withdrawal.rules, reason(Why.RESUMED, ("94-V 8",), on=almaty_day(at))]
    specs: list[DutySpec] = []
    if withdrawal.matter is not Matter.PARTS:
        is_end = withdrawal.matter is Matter.AGREEMENT
        specs, erasure, words = plan_erasure(
            storage_by(uow, version, law.catalogue),
            StorageStart.AGREEMENT_ENDED if is_end else StorageStart.WITHDRAWAL,
            [version.codes[row.purpose_id] for row in barred if row.purpose_id in version.codes],
            at,
            effective_at,
            law.calendar,
            take_back=version.terms.withdrawal.take_back is not None and not is_end,
        )
        rules.append(words)
        withdrawal.erase_due_on, withdrawal.erase_run_after = erasure.due_on, erasure.run_after
        if withdrawal.cancellable_until is not None:
            withdrawal.cancellable_until = erasure.due_on
    withdrawal.rules = rules
    move(withdrawal, WithdrawalState.SCHEDULED)
    owe(uow, Case(CASE_KIND, withdrawal.id, withdrawal.subject_id), specs, law.calendar)
    entry = Entry(ClockKind.DECIDED, at, reason=why, facts={"decision": "resumed"})
    log(uow, CASE_KIND, withdrawal.id, [entry], subject_id=withdrawal.subject_id)
    facts = {
        "withdrawal": str(withdrawal.id),
        "effective_on": withdrawal.effective_on.isoformat(),
        "effective_at": instant(withdrawal.effective_at),
        **ruling_answers(uow, withdrawal.subject_id),
    }
    append(uow, EventType.WITHDRAWAL_RESUMED, withdrawal.subject_id, facts)
    if effective_at <= uow.now:
        become_effective(uow, withdrawal)
    uow.session.flush()


def _barred(
    wanted: Sequence[str] | None, rows: Mapping[str, WithdrawalPurpose], withdrawal: Withdrawal
) -> dict[str, WithdrawalPurpose]:
    if wanted is None or withdrawal.matter is Matter.PARTS:
        return dict(rows)
    names = [name.rpartition("#")[2] for name in wanted]
    unknown = sorted(set(names) - set(rows))
    if unknown or not names:
        raise InvalidInputError.of(
            "purposes", f"The withdrawal has no purpose {', '.join(unknown)}; it has: {', '.join(sorted(rows))}."
        )
    return {name: rows[name] for name in names}


def _check_time(uow: UnitOfWork, withdrawal: Withdrawal) -> None:
    """Refuse to refuse once the law's time for it is over (art. 8(7)): processing has to stop then."""
    last = refusable_until(duties_of(uow, withdrawal.id))
    if last is not None and uow.now >= last:
        ended_on = almaty_day(moment_before(last))
        raise ConflictError(f"The time for a reasoned refusal ended on {ended_on} (94-V 8(7)): the withdrawal stands.")


def _release_barred(
    uow: UnitOfWork,
    withdrawal: Withdrawal,
    barred: Mapping[str, WithdrawalPurpose],
    command: RefuseWithdrawal,
    law: Law,
) -> None:
    """Let the barred purposes stand again; the rest of the withdrawal goes on."""
    for row in barred.values():
        restore_choice(uow, row.consent_id, row.purpose_id, row.state_before)
    announce_stops(uow, withdrawal, {row.purpose_id: uow.now for row in barred.values()})
    release_purposes(uow, withdrawal.id, [row.purpose_id for row in barred.values()], barred=True)
    specs = [
        replace(DutySpec.of_law(rule, withdrawal.received_at, law.catalogue.edition), action=SEND_REFUSAL)
        for rule in law.catalogue.duties_for(WITHDRAWAL, withdrawal.received_on)
    ]
    owe(uow, Case(CASE_KIND, withdrawal.id, withdrawal.subject_id), specs, law.calendar)
    note_decision(uow, withdrawal, {"decision": "refused_in_part", "purposes": sorted(barred)})
    append(
        uow,
        EventType.WITHDRAWAL_REFUSED,
        withdrawal.subject_id,
        {
            "withdrawal": str(withdrawal.id),
            "bar": str(command.bar),
            "purposes": sorted(barred),
            **ruling_answers(uow, withdrawal.subject_id),
        },
    )


def _withdraw_again(
    uow: UnitOfWork, withdrawal: Withdrawal, barred: Sequence[WithdrawalPurpose], effective_at: datetime
) -> bool:
    stops: dict[UUID, datetime] = {}
    for row in barred:
        choice = choice_of(uow, row.consent_id, row.purpose_id)
        if choice is None:
            continue
        if withdrawal.matter is Matter.PARTS:
            withdraw_parts(uow, choice, withdrawal.parts, effective_at)
        else:
            withdraw_choice(uow, choice, received_at=choice.answered_at, effective_at=effective_at)
            row.is_open = True
        row.is_barred = False
        stops[row.purpose_id] = effective_at
    announce_stops(uow, withdrawal, stops)
    uow.session.flush()
    return bool(stops)


def _is_parts_refused(withdrawal: Withdrawal) -> bool:
    return withdrawal.matter is Matter.PARTS and withdrawal.state is WithdrawalState.REFUSED


def _write(
    uow: UnitOfWork,
    withdrawal: Withdrawal,
    version: Version,
    person: Person,
    barred: Sequence[str],
    command: RefuseWithdrawal,
    action: str,
) -> UUID:
    has_mail = reveal_identifier(uow, person.id, IdentifierKind.EMAIL) is not None
    channel = command.channel or (LetterChannel.EMAIL if has_mail else LetterChannel.REGISTERED_MAIL)
    pages = refusal_pages(
        operator=operator_view(uow),
        terms=version.terms,
        name=reveal_identifier(uow, person.id, IdentifierKind.FULL_NAME),
        received_on=withdrawal.received_on,
        purposes=barred,
        bar=command.bar,
        reference=command.reference,
        why=command.reason,
    )
    return write_letter(
        uow,
        WriteLetter(
            kind=LetterKind.WITHDRAWAL_REFUSAL,
            case_kind=CASE_KIND,
            case_id=withdrawal.id,
            pages=pages,
            channel=channel,
            person=person,
            meets=[action],
        ),
    )
