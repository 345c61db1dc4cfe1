"""What an operator tells: that a purpose is reached or an agreement has ended, and that a person was active."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, insert

from consent_service.consents.blocking import unblock
from consent_service.consents.courses import answers_of, end_answers
from consent_service.deadlines.rules import almaty_day
from consent_service.deadlines.service import Law
from consent_service.kernel.db import table_of, upsert
from consent_service.kernel.errors import ConflictError, InvalidInputError
from consent_service.kernel.ids import new_id
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.service import append, instant, operator_stream
from consent_service.operators.service import lock_operator
from consent_service.policies.queries import PurposeRef, document_id, resolve_purposes, version_by_id
from consent_service.policies.reached import mark_reached
from consent_service.retention.clocks import look_at
from consent_service.retention.facts import Decided, Deciding
from consent_service.retention.tables import LastActivity, RetentionWalk, ToldEnding
from consent_service.storage.schedule import editions
from consent_service.storage.states import StorageAction, StorageStart
from consent_service.subject_requests.courses import is_being_checked
from consent_service.subjects.service import Person, lock_by_ref
from consent_service.webhooks.announcing import announce
from consent_service.webhooks.states import Kind

_WALKS, _TOLD, _ACTIVITIES = table_of(RetentionWalk), table_of(ToldEnding), table_of(LastActivity)
_KINDS = {
    StorageStart.PURPOSE_REACHED: EventType.PURPOSE_REACHED,
    StorageStart.AGREEMENT_ENDED: EventType.AGREEMENT_ENDED,
}


@dataclass(frozen=True, slots=True)
class TellEnding:
    """For one person an agreement has ended, or purposes of a document are reached (all of it where none is named)."""

    subject_ref: str
    what: StorageStart
    document: str
    at: datetime
    purposes: Sequence[str] = ()


def tell_ending(uow: UnitOfWork, command: TellEnding, law: Law) -> Decided:
    """Record what an operator tells of one person: what rests on it ends, and how long data are kept is decided anew.

    Raises:
        NotFoundError: The operator does not know the person or the document.
        ConflictError: The person has no answer to the document.
        InvalidInputError: The instant is in the future, or purposes are named that the document has not.
    """
    _check(uow, command.at)
    is_purpose = command.what is StorageStart.PURPOSE_REACHED
    if command.purposes and not is_purpose:
        raise InvalidInputError.of("purposes", "An agreement ends as a whole; leave the purposes out.")
    person = lock_by_ref(uow, command.subject_ref)
    number = document_id(uow, command.document)
    answered = [answer for answer in answers_of(uow, [person.id]) if answer.document_id == number]
    if not answered:
        raise ConflictError("The person has not answered this document: nothing rests on it that could end.")
    codes = version_by_id(uow, answered[-1].version_id).purposes
    unknown = [code for code in command.purposes if code not in codes]
    if unknown:
        raise InvalidInputError.of("purposes", f"The document has no such purpose; it has: {', '.join(sorted(codes))}.")
    end_answers(
        uow,
        [person.id],
        ended_by=command.what,
        ended_at=command.at,
        document_id=number,
        purpose_ids=[codes[code] for code in command.purposes] or None,
    )
    if not command.purposes:
        _note_told(uow, person, number, command)
    append(
        uow,
        _KINDS[command.what],
        person.id,
        {"document": command.document, "purposes": list(command.purposes), "at": instant(command.at)},
    )
    deciding, today = Deciding(uow, law), almaty_day(uow.now)
    look_at(deciding, [person.id], today)
    return deciding.about([person.id], today)[person.id]


def tell_reached(uow: UnitOfWork, purpose: str, at: datetime) -> PurposeRef:
    """Record that a purpose is reached for everybody: from that instant no answer given until then allows anything.

    Their data go by the rules of each, as a worker comes to them.

    Raises:
        InvalidInputError: There is no such purpose, or the instant is in the future.
        ConflictError: It was told before for the same instant or a later one.
    """
    _check(uow, at)
    reached = resolve_purposes(uow, [purpose])[0]
    lock_operator(uow)
    if not mark_reached(uow, reached.id, at):
        raise ConflictError("This purpose was told to be reached at that instant, or later, before.")
    uow.session.execute(
        insert(_WALKS).values(
            operator_id=uow.operator_id,
            id=new_id(uow.now),
            document_id=reached.document_id,
            purpose_id=reached.id,
            reached_at=at,
            read_until=None,
            opened_at=uow.now,
            over_at=None,
        )
    )
    facts = {"purpose": str(reached), "at": instant(at)}
    append(uow, EventType.PURPOSE_REACHED, operator_stream(uow.operator_id), facts)
    return reached


def note_activity(uow: UnitOfWork, subject_id: UUID, at: datetime) -> None:
    """Remember when a person was active last, only where a term of the operator's schedule runs from it.

    Who was blocked for being idle stands again, unless a request is being checked.  The caller holds the lock.
    """
    rules = [rule for edition in editions(uow) for rule in edition.rules if rule.start is StorageStart.LAST_ACTIVITY]
    if not rules:
        return
    statement = upsert(uow.session, _ACTIVITIES).values(operator_id=uow.operator_id, subject_id=subject_id, at=at)
    uow.session.execute(
        statement.on_conflict_do_update(
            index_elements=[_ACTIVITIES.c.operator_id, _ACTIVITIES.c.subject_id],
            set_={"at": statement.excluded.at},
            where=_ACTIVITIES.c.at < statement.excluded.at,
        )
    )
    idle = any(rule.action is StorageAction.BLOCK for rule in rules)
    if idle and not is_being_checked(uow, subject_id) and (freed := unblock(uow, subject_id)):
        append(uow, EventType.DATA_UNBLOCKED, subject_id, {"because": "activity", "answers": freed})
        announce(uow, Kind.PERMISSION_CHANGED, subject_id)


def forget_told(uow: UnitOfWork, subject_ids: Sequence[UUID]) -> None:
    """Forget what was told of people whose evidence term is over."""
    uow.session.execute(
        delete(_TOLD).where(_TOLD.c.operator_id == uow.operator_id, _TOLD.c.subject_id.in_(subject_ids))
    )


def _note_told(uow: UnitOfWork, person: Person, number: UUID, command: TellEnding) -> None:
    uow.session.execute(
        insert(_TOLD).values(
            operator_id=uow.operator_id,
            id=new_id(uow.now),
            subject_id=person.id,
            document_id=number,
            start=command.what,
            at=command.at,
            told_at=uow.now,
        )
    )


def _check(uow: UnitOfWork, at: datetime) -> None:
    if at > uow.now:
        raise InvalidInputError.of("at", "This instant is in the future; send when it happened.")
