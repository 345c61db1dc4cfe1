"""Receiving a withdrawal: what stands, from when it no longer does, what is owed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import insert, select

from consent_service.consents.endings import StandingChoice, is_current, standing_choices, withdraw_choice
from consent_service.deadlines.service import Law
from consent_service.duties.rules import Case
from consent_service.duties.service import owe
from consent_service.kernel.db import table_of
from consent_service.kernel.errors import ConflictError, InvalidInputError
from consent_service.kernel.ids import new_id
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.service import append, instant
from consent_service.operators.queries import operator_slug
from consent_service.policies.queries import Version, document_id, version_by_id
from consent_service.subjects.service import Person, keep_note, lock_by_ref
from consent_service.withdrawals.course import become_effective, end, open_purposes, release_purposes
from consent_service.withdrawals.rules import CASE_KIND, Plan, plan
from consent_service.withdrawals.states import GRANTED_AGAIN, WithdrawalChannel, WithdrawalState
from consent_service.withdrawals.tables import Withdrawal, WithdrawalPurpose

_PURPOSES = table_of(WithdrawalPurpose)


@dataclass(frozen=True, slots=True)
class WithdrawConsent:
    """A person takes back a consent, or some purposes of it."""

    subject_ref: str
    document: str
    channel: WithdrawalChannel
    purposes: Sequence[str] | None = None
    sent_at: datetime | None = None
    received_at: datetime | None = None
    wanted_on: date | None = None
    text: str | None = None


def withdraw_consent(uow: UnitOfWork, command: WithdrawConsent, law: Law) -> UUID:
    """Accept a withdrawal, date what is owed, and stop processing on the day that the rules give.

    Any channel whose receipt can be confirmed is accepted, whatever the document prints (Law 94-V art. 8(1)).

    Raises:
        NotFoundError: The operator does not know the person or the document.
        ConflictError: Nothing stands that could be withdrawn.
        InvalidInputError: The dates or purposes do not fit.
    """
    received_at = _check_dates(uow, command)
    person = lock_by_ref(uow, command.subject_ref)
    document = document_id(uow, command.document)
    _release_answered_again(uow, person.id)
    standing = standing_choices(uow, person.id, document)
    if not standing:
        raise ConflictError("The person has no consent to this document that could be withdrawn.")
    version = version_by_id(uow, standing[0].version_id)
    chosen = _chosen(command.purposes, standing, _all_codes(uow, standing))
    worked_out = plan(
        version.terms,
        list(chosen),
        operator=operator_slug(uow),
        received_at=received_at,
        wanted_on=command.wanted_on,
        calendar=law.calendar,
        catalogue=law.catalogue,
    )
    withdrawal = _store(uow, command, version, person, worked_out, received_at)
    _store_purposes(uow, withdrawal, chosen.values())
    for code, choice in chosen.items():
        withdraw_choice(uow, choice, effective_at=worked_out.effective[code])
    owe(uow, Case(CASE_KIND, withdrawal.id, person.id), worked_out.duties, law.calendar)
    if command.text:
        keep_note(uow, person, withdrawal.id, "withdrawal", command.text)
    append(
        uow,
        EventType.WITHDRAWAL_RECEIVED,
        person.id,
        {
            "withdrawal": str(withdrawal.id),
            "document": version.name,
            "purposes": list(chosen),
            "channel": str(command.channel),
            "received_at": instant(received_at),
            "effective_on": worked_out.effective_on.isoformat(),
        },
    )
    if withdrawal.effective_at <= uow.now:
        become_effective(uow, withdrawal)
    uow.session.flush()
    return withdrawal.id


def _check_dates(uow: UnitOfWork, command: WithdrawConsent) -> datetime:
    received_at = command.received_at or uow.now
    if received_at > uow.now:
        raise InvalidInputError.of("received_at", "This instant is in the future; send when it was received.")
    if command.sent_at is not None and command.sent_at > received_at:
        raise InvalidInputError.of("sent_at", "A letter cannot be received before it was sent; check the two instants.")
    return received_at


def _all_codes(uow: UnitOfWork, standing: Sequence[StandingChoice]) -> Mapping[UUID, str]:
    codes: dict[UUID, str] = {}
    for version_id in {choice.version_id for choice in standing}:
        codes |= version_by_id(uow, version_id).codes
    return codes


def _chosen(
    wanted: Sequence[str] | None, standing: Sequence[StandingChoice], codes: Mapping[UUID, str]
) -> dict[str, StandingChoice]:
    by_code = {codes[choice.purpose_id]: choice for choice in reversed(standing)}
    if wanted is None:
        return by_code
    names = [name.rpartition("#")[2] for name in wanted]
    missing = sorted(set(names) - set(by_code))
    if missing or not names:
        standing_words = ", ".join(sorted(by_code))
        raise InvalidInputError.of(
            "purposes", f"No consent stands for: {', '.join(missing) or 'none named'}. Standing: {standing_words}."
        )
    return {name: by_code[name] for name in dict.fromkeys(names)}


def _store(
    uow: UnitOfWork,
    command: WithdrawConsent,
    version: Version,
    person: Person,
    worked_out: Plan,
    received_at: datetime,
) -> Withdrawal:
    withdrawal = Withdrawal(
        operator_id=uow.operator_id,
        id=new_id(uow.now),
        subject_id=person.id,
        document_id=version.document_id,
        version_id=version.id,
        channel=command.channel,
        state=WithdrawalState.SCHEDULED,
        sent_at=command.sent_at,
        received_at=received_at,
        received_on=worked_out.received_on,
        wanted_on=command.wanted_on,
        effective_on=worked_out.effective_on,
        effective_at=worked_out.effective_at,
        cancellable_until=worked_out.cancellable_until,
        rules=list(worked_out.rules),
        created_at=uow.now,
        erase_ground=worked_out.erasure.ground,
        erase_due_on=worked_out.erasure.due_on,
        erase_run_after=worked_out.erasure.run_after,
    )
    uow.session.add(withdrawal)
    uow.session.flush()
    return withdrawal


def _store_purposes(uow: UnitOfWork, withdrawal: Withdrawal, choices: Iterable[StandingChoice]) -> None:
    uow.session.execute(
        insert(_PURPOSES),
        [
            {
                "operator_id": uow.operator_id,
                "withdrawal_id": withdrawal.id,
                "purpose_id": choice.purpose_id,
                "subject_id": withdrawal.subject_id,
                "consent_id": choice.consent_id,
                "state_before": choice.state,
                "is_open": True,
            }
            for choice in choices
        ],
    )


def _release_answered_again(uow: UnitOfWork, subject_id: UUID) -> None:
    """End open withdrawals whose consents were given again, so that those can be withdrawn anew."""
    for withdrawal in uow.session.scalars(
        select(Withdrawal).where(
            Withdrawal.operator_id == uow.operator_id,
            Withdrawal.subject_id == subject_id,
            Withdrawal.state.in_((WithdrawalState.SCHEDULED, WithdrawalState.EFFECTIVE)),
        )
    ).all():
        rows = open_purposes(uow, withdrawal.id)
        again = [row.purpose_id for row in rows if not is_current(uow, row.consent_id, row.purpose_id)]
        if again and len(again) == len(rows):
            end(uow, withdrawal, WithdrawalState.CANCELLED, by=GRANTED_AGAIN)
        else:
            release_purposes(uow, withdrawal.id, again)
