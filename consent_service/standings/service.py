"""How a version comes to bind a person: by its day, by use, by a notice; and how a person objects."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select, update

from consent_service.consents.holders import held_by
from consent_service.deadlines.service import Law
from consent_service.kernel.db import table_of
from consent_service.kernel.errors import ConflictError, InvalidInputError, NotFoundError
from consent_service.kernel.uow import UnitOfWork
from consent_service.outbox.service import Owed
from consent_service.outbox.states import MessageState
from consent_service.policies.queries import Version, version_by_id, version_named
from consent_service.policies.states import VersionState
from consent_service.policies.terms import Binds, TerminatedBy, TerminationGround, TerminationRule
from consent_service.standings.course import course_of, lock_standing, move, note_standing
from consent_service.standings.states import Effect, How, NoticeOutcome, StandingState
from consent_service.standings.tables import Standing
from consent_service.subjects.service import keep_note, lock_by_id, lock_by_ref
from consent_service.withdrawals.service import EndAgreement, end_agreement
from consent_service.withdrawals.states import WithdrawalChannel

_STANDINGS = table_of(Standing)
_HOW = {Binds.SILENCE: How.SILENCE, Binds.NOTICE: How.NOTICE, Binds.POSTING: How.POSTING, Binds.USE: How.USE}
_UNBOUND_YET = frozenset(
    {
        StandingState.WAITING,
        StandingState.TO_NOTIFY,
        StandingState.NOT_NOTIFIED,
        StandingState.NOTIFIED,
        StandingState.ASKED_AGAIN,
    }
)


@dataclass(frozen=True, slots=True)
class DueStanding:
    """A standing whose day has come."""

    subject_id: UUID
    version_id: UUID


@dataclass(frozen=True, slots=True)
class Object:
    """A person objects to a version of a document."""

    subject_ref: str
    document: str
    version: str
    channel: WithdrawalChannel
    received_at: datetime | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Objected:
    """What an objection led to; ``withdrawal_id`` is the ending of the agreement, where it ends."""

    version: Version
    effect: Effect
    clause: tuple[str, ...]
    received_at: datetime
    withdrawal_id: UUID | None


def due(uow: UnitOfWork, limit: int) -> Sequence[DueStanding]:
    """Return standings on which the version binds of itself by now."""
    rows = uow.session.execute(
        select(_STANDINGS.c.subject_id, _STANDINGS.c.version_id)
        .where(
            _STANDINGS.c.operator_id == uow.operator_id,
            _STANDINGS.c.binds_at <= uow.now,
            _STANDINGS.c.binds != Binds.USE,
            _STANDINGS.c.state.in_((StandingState.WAITING, StandingState.NOTIFIED)),
        )
        .order_by(_STANDINGS.c.binds_at)
        .limit(limit)
    )
    return [DueStanding(*row) for row in rows]


def take_effect(uow: UnitOfWork, item: DueStanding) -> None:
    """Let a version bind a person whose period is over without an objection."""
    person = lock_by_id(uow, item.subject_id)
    standing = lock_standing(uow, item.subject_id, item.version_id)
    if standing is None or standing.binds is None or standing.binds_at is None or standing.binds_at > uow.now:
        return
    if standing.state not in {StandingState.WAITING, StandingState.NOTIFIED}:
        return
    if person is None or not held_by(uow, standing.document_id, [item.subject_id]):
        move(uow, standing, StandingState.ENDED, {})
        return
    _accept(uow, standing, _HOW[standing.binds], standing.binds_at)


def accept_by_use(uow: UnitOfWork, subject_id: UUID, kind: str, at: datetime) -> list[Version]:
    """Let versions that bind by use bind a person who went on using the service; the caller holds the person's lock.

    Returns what was accepted so.  An objection is not undone by use: only an explicit acceptance does that.
    """
    accepted = uow.session.scalars(
        update(_STANDINGS)
        .where(
            _STANDINGS.c.operator_id == uow.operator_id,
            _STANDINGS.c.subject_id == subject_id,
            _STANDINGS.c.state == StandingState.WAITING,
            _STANDINGS.c.binds == Binds.USE,
            _STANDINGS.c.binds_at <= at,
        )
        .values(state=StandingState.ACCEPTED, how=How.USE, act=kind, accepted_at=at, changed_at=uow.now)
        .returning(_STANDINGS.c.version_id)
    ).all()
    versions = [version_by_id(uow, version_id) for version_id in accepted]
    for version in versions:
        note_standing(uow, subject_id, version, StandingState.ACCEPTED, {"how": str(How.USE), "act": kind})
    return versions


def follow_notice(uow: UnitOfWork, owed: Owed, state: MessageState, proof: Mapping[str, str] | None, law: Law) -> None:
    """Start the period of a notice that a mail server took; one that came back starts none."""
    if owed.subject_id is None or lock_by_id(uow, owed.subject_id) is None:
        return
    standing = lock_standing(uow, owed.subject_id, owed.case_id)
    if standing is None:
        return
    if state is MessageState.SENT:
        _told(uow, standing, uow.now, proof or {}, law)
    elif state in {MessageState.BOUNCED, MessageState.BY_HAND} and standing.state is StandingState.TO_NOTIFY:
        move(uow, standing, StandingState.NOT_NOTIFIED, {"why": str(state)})


def record_notice(
    uow: UnitOfWork,
    subject_ref: str,
    document: str,
    version: str,
    *,
    outcome: NoticeOutcome,
    at: datetime | None,
    reference: str,
    law: Law,
) -> Standing:
    """Record that somebody told a person of a version another way, or that a notice came back.

    Raises:
        NotFoundError: No such person or version, or the version does not concern the person.
        ConflictError: The person was told already, or there was no notice that could come back.
        InvalidInputError: The instant is in the future.
    """
    at = at or uow.now
    if at > uow.now:
        raise InvalidInputError.of("at", "This instant is in the future; send when it happened.")
    standing = _standing(uow, subject_ref, document, version)
    if outcome is NoticeOutcome.TOLD:
        if standing.notified_at is not None:
            raise ConflictError("The person has been told of this version already.")
        _told(uow, standing, at, {"reference": reference}, law)
        return standing
    if standing.notified_at is None or standing.how not in {None, How.SILENCE, How.NOTICE}:
        raise ConflictError("There is no notice of this version that could have come back.")
    standing.notified_at = standing.notice = None
    if standing.state in {StandingState.NOTIFIED, StandingState.ACCEPTED}:
        standing.binds_at = standing.accepted_at = standing.how = None
        move(uow, standing, StandingState.NOT_NOTIFIED, {"why": "returned"})
    else:
        _note_as_it_stands(uow, standing, {"why": "returned"})
    uow.session.flush()
    return standing


def object_to(uow: UnitOfWork, command: Object, law: Law) -> Objected:
    """Record an objection, and do what the document says of it.

    One that was received in time counts though it is recorded late: what was deemed meanwhile is undone.

    Raises:
        NotFoundError: No such person, document or version, or the version does not concern the person.
        ConflictError: It was accepted explicitly, or it has bound the person before the objection was received.
        InvalidInputError: The instant is in the future.
    """
    received_at = command.received_at or uow.now
    if received_at > uow.now:
        raise InvalidInputError.of("received_at", "This instant is in the future; send when it was received.")
    standing = _standing(uow, command.subject_ref, command.document, command.version)
    version = version_by_id(uow, standing.version_id)
    planned = course_of(uow, standing)
    clause = () if planned.rule is None else planned.rule.clause
    _check_in_time(standing, planned.effect, clause, received_at)
    withdrawal_id = None
    if planned.effect is Effect.AGREEMENT_ENDS:
        ending = EndAgreement(
            command.subject_ref,
            command.document,
            TerminatedBy.PERSON,
            command.channel,
            received_at=received_at,
            rule=ending_by_objection(clause),
        )
        withdrawal_id = end_agreement(uow, ending, law)
    standing.objected_at, standing.withdrawal_id = received_at, withdrawal_id
    standing.accepted_at = standing.how = standing.act = None
    move(uow, standing, StandingState.OBJECTED, {"effect": str(planned.effect)})
    if command.text:
        person = lock_by_ref(uow, command.subject_ref)
        keep_note(uow, person, standing.version_id, "objection", command.text)
    return Objected(version, planned.effect, clause, received_at, withdrawal_id)


def ending_by_objection(clause: Sequence[str]) -> TerminationRule:
    """Return the rule by which an agreement ends where its document says so of an objection: at the receipt."""
    return TerminationRule(by=TerminatedBy.PERSON, ground=TerminationGround.ANY, clause=tuple(clause))


def forget_standings(uow: UnitOfWork, subject_ids: Sequence[UUID]) -> None:
    """Delete the standings of people whose evidence term is over."""
    uow.session.execute(
        delete(_STANDINGS).where(_STANDINGS.c.operator_id == uow.operator_id, _STANDINGS.c.subject_id.in_(subject_ids))
    )


def _told(uow: UnitOfWork, standing: Standing, at: datetime, proof: Mapping[str, str], law: Law) -> None:
    if standing.notified_at is not None:
        return
    standing.notified_at, standing.notice = at, dict(proof)
    if standing.state in {StandingState.TO_NOTIFY, StandingState.NOT_NOTIFIED}:
        version = version_by_id(uow, standing.version_id)
        standing.binds_at = course_of(uow, standing).binds_at(at, version.in_force_at, law.calendar)
        move(uow, standing, StandingState.NOTIFIED, {"proof": dict(proof)})
    else:
        _note_as_it_stands(uow, standing, {"proof": dict(proof)})
    uow.session.flush()


def _note_as_it_stands(uow: UnitOfWork, standing: Standing, facts: Mapping[str, object]) -> None:
    """Record what came of a notice that moves nothing."""
    said = {"how": None if standing.how is None else str(standing.how), "act": standing.act}
    note_standing(uow, standing.subject_id, version_by_id(uow, standing.version_id), standing.state, {**said, **facts})


def _accept(uow: UnitOfWork, standing: Standing, how: How, at: datetime) -> None:
    standing.how, standing.accepted_at = how, at
    move(uow, standing, StandingState.ACCEPTED, {"how": str(how)})


def _standing(uow: UnitOfWork, subject_ref: str, document: str, version: str) -> Standing:
    person = lock_by_ref(uow, subject_ref)
    view = version_named(uow, document, version, uow.now)
    if view.state is VersionState.DRAFT:
        raise ConflictError("This version is a draft: nobody has been told of it.")
    standing = lock_standing(uow, person.id, view.id)
    if standing is None:
        raise NotFoundError(
            "The version does not concern this person: they are bound by it through their own consent, by nothing "
            "at all, or it was published only just now."
        )
    return standing


def _check_in_time(standing: Standing, effect: Effect, clause: Sequence[str], received_at: datetime) -> None:
    cited = ", ".join(clause) or "94-V 8"
    if standing.state is StandingState.OBJECTED:
        raise ConflictError("The person has objected to this version already.")
    if standing.state is StandingState.ENDED:
        raise ConflictError("Nothing stands any more that this version could bind.")
    if standing.how in {How.EXPLICIT, How.IMPLIED}:
        raise ConflictError("The person has accepted this version by a consent of its own: they can withdraw it.")
    if standing.state in _UNBOUND_YET or standing.how is How.POSTING:
        return
    bound_at = standing.accepted_at
    if bound_at is not None and received_at >= bound_at:
        what = "the person can end the agreement" if effect is Effect.MAY_TERMINATE else "the person can withdraw"
        raise ConflictError(f"By clause {cited} the version binds since {bound_at:%Y-%m-%dT%H:%MZ}; {what}.")
