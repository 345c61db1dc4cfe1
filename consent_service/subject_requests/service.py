"""Receiving a request: who asks, what is owed, what is done at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select

from consent_service.deadlines.rules import almaty_day
from consent_service.deadlines.service import Law
from consent_service.duties.service import owe
from consent_service.kernel.db import table_of
from consent_service.kernel.errors import ConflictError, InvalidInputError
from consent_service.kernel.ids import new_id
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.service import append, instant
from consent_service.operators.queries import operator_slug
from consent_service.policies.queries import Version, document_id, version_in_force
from consent_service.subject_requests.acts import act_at_once
from consent_service.subject_requests.course import case_of
from consent_service.subject_requests.identity import identified
from consent_service.subject_requests.rules import owed
from consent_service.subject_requests.states import (
    OPEN,
    IdentityMethod,
    RequestChannel,
    RequestState,
    RequestType,
)
from consent_service.subject_requests.tables import IdentityCode, SubjectRequest
from consent_service.subjects.acting import Acting, ActingBy, check_acting
from consent_service.subjects.files import keep_file
from consent_service.subjects.identity import IdentifierKind
from consent_service.subjects.service import Person, SubjectData, find_or_create, keep_note, lock_by_ref, search


@dataclass(frozen=True, slots=True, repr=False)
class SentFile:
    """A file that came with a request, checked by whoever took it in."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True, repr=False)
class ReceiveRequest:
    """What a person asks for, and how they are known: the operator's reference, or identifiers, or neither.

    ``purposes``: of a withdrawal, which of the document's; None for whatever stands.  ``has_answered_code``: whoever
    sends this has just answered a code that went to the e-mail address among the identifiers.
    """

    type: RequestType
    channel: RequestChannel
    document: str | None = None
    subject_ref: str | None = None
    identifiers: Mapping[IdentifierKind, str] = field(default_factory=dict)
    received_at: datetime | None = None
    language: str = "kk"
    text: str | None = None
    purposes: Sequence[str] | None = None
    acting: Acting = field(default_factory=Acting)
    representative: Mapping[str, str] | None = None
    files: Sequence[SentFile] = ()
    has_answered_code: bool = False


def receive_request(uow: UnitOfWork, command: ReceiveRequest, law: Law) -> UUID:
    """Take a request in, date what is owed, and do at once what is on the person's side.

    Who sends a reference vouches for the person by the operator's own sign-in; who has answered a code asks for
    themselves.  Identifiers alone say nothing of who asks, and a code says nothing of whom a representative acts for:
    the request waits for the proof, while its dates run.

    Raises:
        InvalidInputError: Nothing says who asks, who acts may not, or the instant is in the future.
        NotFoundError: The operator has no such document, or knows nobody under the reference.
    """
    received_at = command.received_at or uow.now
    if received_at > uow.now:
        raise InvalidInputError.of("received_at", "This instant is in the future; send when it was received.")
    if command.subject_ref is None and not command.identifiers:
        raise InvalidInputError.of("subject", "Send the reference of the person, or identifiers to reach them by.")
    check_acting(command.acting, has_representative=command.representative is not None)
    request_id = new_id(uow.now)
    person, is_known = _person(uow, command, request_id)
    version = _version(uow, command.document, received_at)
    specs, rules = owed(
        command.type,
        version.terms if version else None,
        operator=operator_slug(uow),
        received_at=received_at,
        catalogue=law.catalogue,
    )
    vouched = command.subject_ref is not None
    request = SubjectRequest(
        operator_id=uow.operator_id,
        id=request_id,
        subject_id=person.id,
        is_known=is_known,
        type=command.type,
        document_id=version.document_id if version else None,
        version_id=version.id if version else None,
        purposes=None if command.purposes is None else list(command.purposes),
        channel=command.channel,
        state=RequestState.IN_PROGRESS if vouched else RequestState.RECEIVED,
        language=command.language,
        received_at=received_at,
        received_on=almaty_day(received_at),
        acting={"by": str(command.acting.by), "age": str(command.acting.age)},
        linked_to=_same_matter(uow, person, command, version),
        identity=IdentityMethod.OPERATOR_SIGN_IN if vouched else None,
        identified_at=uow.now if vouched else None,
        rules=rules,
        created_at=uow.now,
    )
    uow.session.add(request)
    uow.session.flush()
    owe(uow, case_of(request), specs, law.calendar)
    _keep_words(uow, person, request_id, command)
    append(
        uow,
        EventType.REQUEST_RECEIVED,
        person.id,
        {
            "request": str(request_id),
            "type": str(command.type),
            "channel": str(command.channel),
            "received_at": instant(received_at),
            "linked_to": str(request.linked_to) if request.linked_to else None,
            "state": str(request.state),
            "identity": str(request.identity) if request.identity else None,
        },
    )
    _keep_files(uow, person, request_id, command.files)
    if vouched:
        act_at_once(uow, request, law)
    elif command.has_answered_code and command.acting.by is ActingBy.PERSON:
        identified(uow, request, IdentityMethod.EMAIL_CODE, law)
    uow.session.flush()
    return request_id


def forget_requests(uow: UnitOfWork, subject_ids: Sequence[UUID]) -> None:
    """Delete the requests of people whose evidence term is over, and the codes that were sent for them."""
    for table in (table_of(IdentityCode), table_of(SubjectRequest)):
        uow.session.execute(
            delete(table).where(table.c.operator_id == uow.operator_id, table.c.subject_id.in_(subject_ids))
        )


def _keep_words(uow: UnitOfWork, person: Person, request_id: UUID, command: ReceiveRequest) -> None:
    """Seal what was written, who says that they ask, and for whom."""
    if command.text:
        keep_note(uow, person, request_id, "request", command.text)
    if command.identifiers:
        keep_note(uow, person, request_id, "asker", {str(kind): value for kind, value in command.identifiers.items()})
    if command.representative is not None:
        keep_note(uow, person, request_id, "representative", command.representative)


def _keep_files(uow: UnitOfWork, person: Person, request_id: UUID, files: Sequence[SentFile]) -> None:
    for file in files:
        keep_file(uow, person, request_id, file.name, file.media_type, file.content)
    if files:
        append(uow, EventType.REQUEST_FILES_KEPT, person.id, {"request": str(request_id), "files": len(files)})


def _person(uow: UnitOfWork, command: ReceiveRequest, request_id: UUID) -> tuple[Person, bool]:
    """Return whom a request is about: the one who is known, or a pseudonym of its own for words and addresses."""
    if command.subject_ref is not None:
        person = lock_by_ref(uow, command.subject_ref)
        return person, True
    searchable: dict[IdentifierKind, str] = dict(command.identifiers)
    searchable.pop(IdentifierKind.FULL_NAME, None)  # nobody is looked up by it
    if command.has_answered_code:  # what was proven says who it is, whatever else was written
        searchable = {IdentifierKind.EMAIL: command.identifiers[IdentifierKind.EMAIL]}
    refs = search(uow, searchable) if searchable else []
    if len(refs) == 1:
        return lock_by_ref(uow, refs[0]), True
    return find_or_create(uow, SubjectData(f"request-{request_id}", command.identifiers)), False


def _version(uow: UnitOfWork, document: str | None, at: datetime) -> Version | None:
    if document is None:
        return None
    try:
        return version_in_force(uow, document, at)
    except ConflictError:  # announced, or of a later day: the law's own periods are owed all the same
        document_id(uow, document)
        return None


def _same_matter(uow: UnitOfWork, person: Person, command: ReceiveRequest, version: Version | None) -> UUID | None:
    query = select(SubjectRequest.id).where(
        SubjectRequest.operator_id == uow.operator_id,
        SubjectRequest.subject_id == person.id,
        SubjectRequest.type == command.type,
        SubjectRequest.state.in_(OPEN),
        SubjectRequest.linked_to.is_(None),
    )
    if version is None:
        query = query.where(SubjectRequest.document_id.is_(None))
    else:
        query = query.where(SubjectRequest.document_id == version.document_id)
    found: UUID | None = uow.session.scalar(query.order_by(SubjectRequest.received_at).limit(1))
    return found
