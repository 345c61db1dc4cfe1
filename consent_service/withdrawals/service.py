"""Receiving a notice that ends a consent, parts of one, or an agreement: what stops when, and what is owed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select

from consent_service.consents.endings import StandingChoice, is_current, standing_choices, withdraw_choice
from consent_service.consents.parts import withdraw_parts
from consent_service.consents.ruling import ruling_answers
from consent_service.deadlines.rules import almaty_day
from consent_service.deadlines.service import Law
from consent_service.duties.rules import Case
from consent_service.duties.service import owe
from consent_service.kernel.db import table_of
from consent_service.kernel.errors import ConflictError, InvalidInputError, shown
from consent_service.kernel.ids import new_id
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.service import append, instant
from consent_service.operators.queries import operator_slug
from consent_service.policies.queries import Version, document_id, version_by_id
from consent_service.policies.terms import TerminatedBy, TerminationGround, TerminationRule
from consent_service.storage.queries import storage_by
from consent_service.storage.states import StorageStart
from consent_service.subjects.acting import Acting, check_acting
from consent_service.subjects.service import Person, keep_note, lock_by_ref
from consent_service.webhooks.announcing import announce
from consent_service.webhooks.states import Kind
from consent_service.withdrawals.course import announce_stops, become_effective, end, open_purposes, release_purposes
from consent_service.withdrawals.rules import CASE_KIND, Plan, ending_rule, plan, plan_ending
from consent_service.withdrawals.states import (
    GRANTED_AGAIN,
    Matter,
    Part,
    WithdrawalChannel,
    WithdrawalState,
)
from consent_service.withdrawals.tables import Withdrawal, WithdrawalPurpose

_PURPOSES = table_of(WithdrawalPurpose)
LATEST_WANTED = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class WithdrawConsent:
    """A person takes back a consent, some purposes of it, or some of what is done for them (``parts``)."""

    subject_ref: str
    document: str
    channel: WithdrawalChannel
    purposes: Sequence[str] | None = None
    parts: Sequence[Part] = ()
    sent_at: datetime | None = None
    received_at: datetime | None = None
    wanted_on: date | None = None
    text: str | None = None
    acting: Acting = field(default_factory=Acting)
    representative: Mapping[str, Any] | None = None  # Any: JSON, sealed as it came


@dataclass(frozen=True, slots=True)
class EndAgreement:
    """Somebody gives notice that ends an agreement; ``rule`` where it is none of the document's rules for endings."""

    subject_ref: str
    document: str
    by: TerminatedBy
    channel: WithdrawalChannel
    ground: TerminationGround = TerminationGround.ANY
    sent_at: datetime | None = None
    received_at: datetime | None = None
    wanted_on: date | None = None
    text: str | None = None
    rule: TerminationRule | None = None


def withdraw_consent(uow: UnitOfWork, command: WithdrawConsent, law: Law) -> UUID:
    """Accept a withdrawal, date what is owed, and stop processing on the day that the rules give.

    Any channel whose receipt can be confirmed is accepted, whatever the document prints (Law 94-V art. 8(1)).

    Raises:
        NotFoundError: The operator does not know the person or the document.
        ConflictError: Nothing stands that could be withdrawn.
        InvalidInputError: The dates, the purposes or who acts do not fit.
    """
    received_at = _check_dates(uow, command)
    check_acting(command.acting, has_representative=command.representative is not None)
    person, version, chosen = _standing(uow, command.subject_ref, command.document, command.purposes, received_at)
    matter = Matter.PARTS if command.parts else Matter.CONSENT
    worked_out = plan(
        version.terms,
        list(chosen),
        operator=operator_slug(uow),
        received_at=received_at,
        wanted_on=command.wanted_on,
        storage=storage_by(uow, version, law.catalogue),
        calendar=law.calendar,
        catalogue=law.catalogue,
        erases=matter is Matter.CONSENT,
    )
    acting = {"by": str(command.acting.by), "age": str(command.acting.age)}
    withdrawal = _store(uow, command, matter, version, person, worked_out, received_at, acting, command.parts)
    _store_purposes(uow, withdrawal, chosen.values(), is_open=matter is Matter.CONSENT)
    for code, choice in chosen.items():
        if matter is Matter.PARTS:
            withdraw_parts(uow, choice, list(command.parts), worked_out.effective[code])
        else:
            withdraw_choice(uow, choice, received_at=received_at, effective_at=worked_out.effective[code])
    if command.representative is not None:
        keep_note(uow, person, withdrawal.id, "representative", command.representative)
    _record(uow, withdrawal, version, person, worked_out, chosen, command.text, law)
    return withdrawal.id


def end_agreement(uow: UnitOfWork, command: EndAgreement, law: Law) -> UUID:
    """Accept the notice that ends an agreement, by the document's own rule; what stands on it ends with it.

    Raises:
        NotFoundError: The operator does not know the person or the document.
        ConflictError: Nothing stands, or the document has no rule for this ending.
        InvalidInputError: The dates do not fit.
    """
    received_at = _check_dates(uow, command)
    person, version, chosen = _standing(uow, command.subject_ref, command.document, None, received_at)
    rule = command.rule or ending_rule(version.terms, command.by, command.ground)
    if rule is None:
        raise ConflictError(
            f"The document has no rule by which the {command.by} ends it on the ground {command.ground}."
        )
    by_operator = command.by is TerminatedBy.OPERATOR
    worked_out = plan_ending(
        version.terms,
        rule,
        list(chosen),
        operator=operator_slug(uow),
        noticed_at=(command.sent_at or received_at) if by_operator else received_at,
        wanted_on=command.wanted_on,
        storage=storage_by(uow, version, law.catalogue),
        calendar=law.calendar,
    )
    acting = {"by": str(command.by), "ground": str(command.ground)}
    withdrawal = _store(uow, command, Matter.AGREEMENT, version, person, worked_out, received_at, acting, ())
    _store_purposes(uow, withdrawal, chosen.values(), is_open=True)
    for code, choice in chosen.items():
        withdraw_choice(
            uow,
            choice,
            received_at=received_at,
            effective_at=worked_out.effective[code],
            ended_by=StorageStart.AGREEMENT_ENDED,
        )
    _record(uow, withdrawal, version, person, worked_out, chosen, command.text, law)
    return withdrawal.id


def release_answered_again(uow: UnitOfWork, subject_id: UUID) -> None:
    """End open withdrawals whose consents were given again: the later answer rules, and they can be withdrawn anew.

    The caller holds the lock of the person.
    """
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


def forget_withdrawals(uow: UnitOfWork, subject_ids: Sequence[UUID]) -> None:
    """Delete the withdrawals of people whose evidence term is over."""
    for table in (_PURPOSES, table_of(Withdrawal)):
        uow.session.execute(
            delete(table).where(table.c.operator_id == uow.operator_id, table.c.subject_id.in_(subject_ids))
        )


def _check_dates(uow: UnitOfWork, command: WithdrawConsent | EndAgreement) -> datetime:
    received_at = command.received_at or uow.now
    if received_at > uow.now:
        raise InvalidInputError.of("received_at", "This instant is in the future; send when it was received.")
    if command.sent_at is not None and command.sent_at > received_at:
        raise InvalidInputError.of("sent_at", "A letter cannot be received before it was sent; check the two instants.")
    if command.wanted_on is not None and command.wanted_on > almaty_day(received_at) + LATEST_WANTED:
        raise InvalidInputError.of("wanted_on", "This is more than a year ahead; check the year, or withdraw later.")
    return received_at


def _standing(
    uow: UnitOfWork, subject_ref: str, document: str, wanted: Sequence[str] | None, received_at: datetime
) -> tuple[Person, Version, dict[str, StandingChoice]]:
    """Lock the person and return what stands of a document, by purpose, with the version of the latest answer."""
    person = lock_by_ref(uow, subject_ref)
    document_number = document_id(uow, document)
    release_answered_again(uow, person.id)
    standing = standing_choices(uow, person.id, document_number, until=received_at)
    if not standing:
        raise ConflictError(
            "When this was received, the person had no consent to this document that could be withdrawn."
        )
    codes: dict[UUID, str] = {}
    for version_id in {choice.version_id for choice in standing}:
        codes |= version_by_id(uow, version_id).codes
    version = version_by_id(uow, standing[0].version_id)
    return person, version, _chosen(version, wanted, standing, codes)


def _chosen(
    version: Version, wanted: Sequence[str] | None, standing: Sequence[StandingChoice], codes: Mapping[UUID, str]
) -> dict[str, StandingChoice]:
    by_code = {codes[choice.purpose_id]: choice for choice in reversed(standing)}
    if wanted is None:
        return by_code
    own = {"", version.document, version.name}
    names = [name.rpartition("#")[2] if name.rpartition("#")[0] in own else name for name in wanted]
    missing = sorted(shown(name) for name in set(names) - set(by_code))
    if missing or not names:
        standing_words = ", ".join(sorted(by_code))
        raise InvalidInputError.of(
            "purposes", f"No consent stands for: {', '.join(missing) or 'none named'}. Standing: {standing_words}."
        )
    return {name: by_code[name] for name in dict.fromkeys(names)}


def _store(
    uow: UnitOfWork,
    command: WithdrawConsent | EndAgreement,
    matter: Matter,
    version: Version,
    person: Person,
    worked_out: Plan,
    received_at: datetime,
    acting: Mapping[str, str],
    parts: Sequence[Part],
) -> Withdrawal:
    erasure = worked_out.erasure
    withdrawal = Withdrawal(
        operator_id=uow.operator_id,
        id=new_id(uow.now),
        subject_id=person.id,
        document_id=version.document_id,
        version_id=version.id,
        matter=matter,
        parts=[str(part) for part in parts],
        channel=command.channel,
        acting=dict(acting),
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
        erase_ground=None if erasure is None else erasure.ground,
        erase_due_on=None if erasure is None else erasure.due_on,
        erase_run_after=None if erasure is None else erasure.run_after,
    )
    uow.session.add(withdrawal)
    uow.session.flush()
    return withdrawal


def _record(
    uow: UnitOfWork,
    withdrawal: Withdrawal,
    version: Version,
    person: Person,
    worked_out: Plan,
    chosen: Mapping[str, StandingChoice],
    text: str | None,
    law: Law,
) -> None:
    """Owe what follows, seal what was written, append the event, and stop at once what stops at once."""
    owe(uow, Case(CASE_KIND, withdrawal.id, person.id), worked_out.duties, law.calendar)
    if text:
        keep_note(uow, person, withdrawal.id, "withdrawal", text)
    append(
        uow,
        EventType.WITHDRAWAL_RECEIVED,
        person.id,
        {
            "withdrawal": str(withdrawal.id),
            "matter": str(withdrawal.matter),
            "document": version.name,
            "purposes": list(chosen),
            "parts": withdrawal.parts,
            "channel": str(withdrawal.channel),
            "received_at": instant(withdrawal.received_at),
            "effective_on": worked_out.effective_on.isoformat(),
            "effective_at": instant(withdrawal.effective_at),
            **ruling_answers(uow, person.id),
        },
    )
    stops = {choice.purpose_id: worked_out.effective[code] for code, choice in chosen.items()}
    announce(uow, Kind.CONSENT_WITHDRAWN, person.id, list(stops), withdrawal=withdrawal.id)
    announce_stops(uow, withdrawal, stops)
    if withdrawal.effective_at <= uow.now:
        become_effective(uow, withdrawal)
    uow.session.flush()


def _store_purposes(
    uow: UnitOfWork, withdrawal: Withdrawal, choices: Iterable[StandingChoice], *, is_open: bool
) -> None:
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
                "is_open": is_open,
                "is_barred": False,
            }
            for choice in choices
        ],
    )
