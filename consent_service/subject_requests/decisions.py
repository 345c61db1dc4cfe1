"""Deciding on a request: the answer, the reasoned refusal, the end."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from consent_service.consents.loose_ends import note_loose_ends
from consent_service.consents.ruling import ruling_answers
from consent_service.deadlines.service import Law
from consent_service.duties.queries import duties_of
from consent_service.duties.states import UNMET, ClockKind
from consent_service.erasure.targets import Targets
from consent_service.kernel.errors import ConflictError
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.service import append
from consent_service.letters.service import WriteLetter, write_letter
from consent_service.letters.states import LetterChannel, LetterKind
from consent_service.operators.queries import operator_view
from consent_service.subject_requests.acts import destroy, let_stand
from consent_service.subject_requests.course import CASE_KIND, lock, lock_with_person, move, note
from consent_service.subject_requests.letters import answer_pages, refusal_pages
from consent_service.subject_requests.package import package, unread
from consent_service.subject_requests.queries import request_view
from consent_service.subject_requests.rules import letter_actions
from consent_service.subject_requests.states import DECIDED, RequestState, RequestType
from consent_service.subject_requests.tables import SubjectRequest
from consent_service.subjects.identity import IdentifierKind
from consent_service.subjects.service import Person, reveal_identifier

_WITH_PACKAGE = frozenset({RequestType.ACCESS, RequestType.PORTABILITY})


@dataclass(frozen=True, slots=True, repr=False)
class AnswerRequest:
    """The answer to a request: words beside the template, and how it goes out."""

    request_id: UUID
    text: str | None = None
    channel: LetterChannel | None = None


@dataclass(frozen=True, slots=True, repr=False)
class RefuseRequest:
    """Why a request is refused, by which article, and how the letter goes out."""

    request_id: UUID
    reference: str
    reason: str
    channel: LetterChannel | None = None


def answer_request(uow: UnitOfWork, command: AnswerRequest, law: Law, targets: Targets) -> UUID:
    """Answer a request: a letter in Kazakh and Russian that cites the articles; access carries all that is held.

    What was owed to the person is met when the letter has gone out.  Returns the letter.

    Raises:
        NotFoundError: There is no such request.
        ConflictError: Nobody knows yet who asks, the check of a blocking is not over, or it is decided; or one of the
            operator's systems could not be read, so that the answer would not be complete.
    """
    held = _held(uow, command.request_id, targets)
    request, person = lock_with_person(uow, command.request_id)
    if request.state in {RequestState.RECEIVED, RequestState.IDENTIFYING}:
        raise ConflictError("It is not known yet who asks: make sure first, or refuse with that reason.")
    if request.type is RequestType.BLOCKING and request.violation is None:
        raise ConflictError("The check is not over: confirm or reject the violation first.")
    move(request, RequestState.ANSWERED)
    request.decided_at = uow.now
    unmet = [duty for duty in duties_of(uow, request.id) if duty.state in UNMET]
    letter = write_letter(
        uow,
        WriteLetter(
            kind=LetterKind.REQUEST_ANSWER,
            case_kind=CASE_KIND,
            case_id=request.id,
            pages=answer_pages(
                operator=operator_view(uow),
                kind=request.type,
                name=reveal_identifier(uow, person.id, IdentifierKind.FULL_NAME),
                received_on=request.received_on,
                sources=[duty.source for duty in duties_of(uow, request.id)],
                words=command.text,
                package=held,
            ),
            channel=command.channel or _channel(uow, person),
            person=person,
            meets=letter_actions([duty.action for duty in unmet]),
            files={"data.json": held} if held and request.type is RequestType.PORTABILITY else {},
        ),
    )
    if request.type is RequestType.DESTRUCTION:
        destroy(uow, request, law)
    note(uow, request, ClockKind.DECIDED, {"decision": "answered", "letter": str(letter)})
    append(uow, EventType.REQUEST_ANSWERED, person.id, {"request": str(request.id), "letter": str(letter)})
    uow.session.flush()
    return letter


def refuse_request(uow: UnitOfWork, command: RefuseRequest) -> UUID:
    """Refuse a request with reasons and an article; one whose asker cannot be identified is answered so, not dropped.

    Raises:
        NotFoundError: There is no such request.
        ConflictError: It is decided already, or its person has been erased.
    """
    request, person = lock_with_person(uow, command.request_id)
    identified = request.identity is not None
    move(request, RequestState.REFUSED)
    request.decided_at, request.reference = uow.now, command.reference
    let_stand(uow, request)
    unmet = [duty for duty in duties_of(uow, request.id) if duty.state in UNMET]
    letter = write_letter(
        uow,
        WriteLetter(
            kind=LetterKind.REQUEST_REFUSAL,
            case_kind=CASE_KIND,
            case_id=request.id,
            pages=refusal_pages(
                operator=operator_view(uow),
                kind=request.type,
                name=reveal_identifier(uow, person.id, IdentifierKind.FULL_NAME),
                received_on=request.received_on,
                reference=command.reference,
                why=command.reason,
                identified=identified,
            ),
            channel=command.channel or _channel(uow, person),
            person=person,
            meets=[duty.action for duty in unmet],
        ),
    )
    note(uow, request, ClockKind.DECIDED, {"decision": "refused", "letter": str(letter)})
    append(
        uow,
        EventType.REQUEST_REFUSED,
        person.id,
        {
            "request": str(request.id),
            "reference": command.reference,
            "letter": str(letter),
            **ruling_answers(uow, person.id),
        },
    )
    uow.session.flush()
    return letter


def close_if_done(uow: UnitOfWork, request_id: UUID) -> None:
    """Close a decided request once nothing is owed any more."""
    request, _ = lock(uow, request_id)
    if request.state not in DECIDED or _is_owed(uow, request):
        return
    move(request, RequestState.CLOSED)
    request.closed_at = uow.now
    note_loose_ends(uow, [(request.subject_id, request.id)])
    append(uow, EventType.REQUEST_CLOSED, request.id, {"request": str(request.id)})
    uow.session.flush()


def _held(uow: UnitOfWork, request_id: UUID, targets: Targets) -> dict[str, Any] | None:  # Any: JSON values
    """Collect what goes with the answer, before anything is locked: the operator's systems take their time."""
    view = request_view(uow, request_id)
    if view.type not in _WITH_PACKAGE or view.state is not RequestState.IN_PROGRESS:
        return None
    held = package(uow, view.subject_id, targets)
    if failed := unread(held):
        systems = ", ".join(failed)
        raise ConflictError(
            f"The answer would not be complete, these systems could not be read: {systems}. The package says what is "
            "wrong; put that right and answer again."
        )
    return held


def _is_owed(uow: UnitOfWork, request: SubjectRequest) -> bool:
    return any(duty.state in UNMET for duty in duties_of(uow, request.id))


def _channel(uow: UnitOfWork, person: Person) -> LetterChannel:
    has_mail = reveal_identifier(uow, person.id, IdentifierKind.EMAIL) is not None
    return LetterChannel.EMAIL if has_mail else LetterChannel.REGISTERED_MAIL
