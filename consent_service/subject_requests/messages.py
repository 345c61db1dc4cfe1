"""What is written to and fro about a request: sealed words; one to the person goes out as a numbered letter."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from consent_service.kernel.errors import TransitionError
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.service import append
from consent_service.letters.service import WriteLetter, write_letter
from consent_service.letters.states import LetterChannel, LetterKind
from consent_service.operators.queries import operator_view
from consent_service.subject_requests.course import CASE_KIND, lock_with_person
from consent_service.subject_requests.letters import message_pages
from consent_service.subject_requests.queries import request_view
from consent_service.subject_requests.states import RequestState
from consent_service.subjects.identity import IdentifierKind
from consent_service.subjects.service import keep_note, open_notes, reveal_identifier

_NOTE = "message|"


class Direction(StrEnum):
    """Who wrote."""

    TO_PERSON = "to_person"
    FROM_PERSON = "from_person"


@dataclass(frozen=True, slots=True, repr=False)
class RequestMessage:
    """One message, opened."""

    at: datetime
    direction: Direction
    text: str
    letter_id: UUID | None


def exchange(uow: UnitOfWork, request_id: UUID, direction: Direction, text: str, *, after: int | None = None) -> None:
    """Write to the person about their request, or record what they wrote; it stops no clock.

    ``after``: how many messages the writer had seen.  The same words sent from one page twice are kept once.

    Raises:
        NotFoundError: There is no such request.
        ConflictError: The person has been erased.
        TransitionError: The request is closed.
    """
    request, person = lock_with_person(uow, request_id)
    if request.state is RequestState.CLOSED:
        raise TransitionError("The request is closed; a new one can be received.")
    known = messages_of(uow, request_id)
    if after is not None and any(one.text == text and one.direction is direction for one in known[max(after, 0) :]):
        return
    letter_id = None
    if direction is Direction.TO_PERSON:
        has_mail = reveal_identifier(uow, person.id, IdentifierKind.EMAIL) is not None
        letter_id = write_letter(
            uow,
            WriteLetter(
                kind=LetterKind.OTHER,
                case_kind=CASE_KIND,
                case_id=request_id,
                pages=message_pages(
                    operator=operator_view(uow),
                    kind=request.type,
                    name=reveal_identifier(uow, person.id, IdentifierKind.FULL_NAME),
                    words=text,
                ),
                channel=LetterChannel.EMAIL if has_mail else LetterChannel.REGISTERED_MAIL,
                person=person,
            ),
        )
    number = len(known) + 1
    words = {"at": uow.now.isoformat(), "direction": direction, "text": text, "letter": letter_id and str(letter_id)}
    keep_note(uow, person, request_id, f"{_NOTE}{number:06}", words)
    facts = {"request": str(request_id), "direction": str(direction), "letter": letter_id and str(letter_id)}
    append(uow, EventType.REQUEST_MESSAGE, person.id, facts)


def messages_of(uow: UnitOfWork, request_id: UUID) -> Sequence[RequestMessage]:
    """Return what was written about a request, the earliest first; nothing once the person has been erased.

    Raises:
        NotFoundError: There is no such request.
    """
    notes = open_notes(uow, request_view(uow, request_id).subject_id, request_id)
    return [
        RequestMessage(
            datetime.fromisoformat(words["at"]),
            Direction(words["direction"]),
            words["text"],
            UUID(words["letter"]) if words["letter"] else None,
        )
        for kind, words in sorted(notes.items())
        if kind.startswith(_NOTE)
    ]
