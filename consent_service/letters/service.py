"""Writing letters into the register, and recording that they went out or came back."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, insert, select, update

from consent_service.deadlines.rules import almaty_day
from consent_service.duties.service import meet, reopen
from consent_service.duties.states import MET
from consent_service.kernel.db import table_of
from consent_service.kernel.errors import ConflictError, InvalidInputError, NotFoundError
from consent_service.kernel.ids import new_id
from consent_service.kernel.sealed_columns import SealedColumn
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.service import append
from consent_service.letters.states import LetterChannel, LetterKind, LetterState
from consent_service.letters.tables import Letter
from consent_service.letters.words import numbered
from consent_service.operators.service import lock_operator
from consent_service.outbox.service import Message, enqueue
from consent_service.printing.document import Printed, from_data
from consent_service.subjects.service import Person, keep_note, open_notes

LETTER = "letter"  # the template of the message by which a letter goes out, and the kind of its sealed note
_LETTERS = table_of(Letter)
CONTENT = SealedColumn(_LETTERS.c.sealed)


@dataclass(frozen=True, slots=True, repr=False)
class WriteLetter:
    """A letter to be registered.

    ``pages`` holds the same letter by language (kk and ru at least: consumer information counts in both).  ``person``
    is None for a letter to a body or an organisation; ``address`` is where it goes, an e-mail address or postal words.
    ``meets`` names the actions of the case that are done once the letter is sent.
    """

    kind: LetterKind
    case_kind: str
    case_id: UUID
    pages: Mapping[str, Printed]
    channel: LetterChannel
    person: Person | None = None
    address: str | None = None
    meets: Sequence[str] = ()
    files: Mapping[str, Any] = field(default_factory=dict)  # Any: JSON values, by the name of the file


def write_letter(uow: UnitOfWork, command: WriteLetter) -> UUID:
    """Give a letter its number and date, seal what it says, and send it where it goes by e-mail.

    Raises:
        InvalidInputError: It goes by e-mail and nobody said where to.
    """
    if command.channel is LetterChannel.EMAIL and command.person is None and not command.address:
        raise InvalidInputError.of("address", "A letter that goes by e-mail needs an address.")
    lock_operator(uow)
    today = almaty_day(uow.now)
    last = uow.session.scalar(
        select(func.max(_LETTERS.c.number)).where(
            _LETTERS.c.operator_id == uow.operator_id, _LETTERS.c.year == today.year
        )
    )
    number = f"{today.year}/{(last or 0) + 1}"
    letter_id = new_id(uow.now)
    pages = {language: numbered(page, number, today) for language, page in command.pages.items()}
    content = {
        "address": command.address,
        "pages": {language: page.as_data() for language, page in pages.items()},
        "files": dict(command.files),
    }
    sealed = None
    if command.person is not None:
        keep_note(uow, command.person, letter_id, LETTER, content)
    else:
        plain = json.dumps(content, ensure_ascii=False).encode()
        sealed = CONTENT.seal(uow, plain, letter_id)
    uow.session.execute(
        insert(_LETTERS).values(
            operator_id=uow.operator_id,
            id=letter_id,
            year=today.year,
            number=(last or 0) + 1,
            kind=command.kind,
            case_kind=command.case_kind,
            case_id=command.case_id,
            subject_id=None if command.person is None else command.person.id,
            languages=list(command.pages),
            written_on=today,
            channel=command.channel,
            state=LetterState.WRITTEN,
            meets=list(command.meets),
            sealed=sealed,
            proof=None,
            sent_at=None,
            created_at=uow.now,
        )
    )
    append(
        uow,
        EventType.LETTER_WRITTEN,
        letter_id,
        {
            "letter": str(letter_id),
            "number": number,
            "kind": str(command.kind),
            "case": f"{command.case_kind}:{command.case_id}",
        },
    )
    if command.channel is LetterChannel.EMAIL:
        enqueue(
            uow,
            Message(
                LETTER,
                letter_id,
                next(iter(command.pages)),
                {},
                subject_id=None if command.person is None else command.person.id,
                address=command.address,
            ),
        )
    return letter_id


def record_dispatch(uow: UnitOfWork, letter_id: UUID, proof: Mapping[str, str]) -> None:
    """Record that a letter went out, with what proves it; what it was owed for is met.

    Raises:
        NotFoundError: There is no such letter.
        ConflictError: It went out before.
    """
    case_id, actions = _move(
        uow, letter_id, {LetterState.WRITTEN}, LetterState.SENT, proof=dict(proof), sent_at=uow.now
    )
    meet(uow, case_id, actions)
    append(uow, EventType.LETTER_SENT, letter_id, {"letter": str(letter_id), "by": sorted(proof)})


def record_return(uow: UnitOfWork, letter_id: UUID) -> None:
    """Record that a letter came back: it told nobody anything, so what it was owed for is owed again.

    Raises:
        NotFoundError: There is no such letter.
        ConflictError: It came back before.
    """
    case_id, actions = _move(uow, letter_id, {LetterState.WRITTEN, LetterState.SENT}, LetterState.RETURNED)
    reopen(uow, case_id, actions, after=MET)
    append(uow, EventType.LETTER_RETURNED, letter_id, {"letter": str(letter_id)})


def forget_letters(uow: UnitOfWork, subject_ids: Sequence[UUID]) -> None:
    """Delete the lines of letters to people whose evidence term is over, and record which."""
    gone = uow.session.scalars(
        delete(_LETTERS)
        .where(_LETTERS.c.operator_id == uow.operator_id, _LETTERS.c.subject_id.in_(subject_ids))
        .returning(_LETTERS.c.id)
    ).all()
    if gone:
        append(uow, EventType.LETTERS_DESTROYED, new_id(uow.now), {"letters": sorted(map(str, gone))})


@dataclass(frozen=True, slots=True, repr=False)
class LetterContent:
    """What a letter says: its address, its pages by language, its files by name."""

    address: str | None
    pages: Mapping[str, Printed]
    files: Mapping[str, Any]  # Any: JSON values


def letter_content(uow: UnitOfWork, letter_id: UUID) -> LetterContent:
    """Open what a letter says.

    Raises:
        NotFoundError: There is no such letter, or its addressee was erased and the words with them.
    """
    row = uow.session.execute(
        select(_LETTERS.c.subject_id, _LETTERS.c.sealed).where(
            _LETTERS.c.operator_id == uow.operator_id, _LETTERS.c.id == letter_id
        )
    ).first()
    if row is None:
        raise NotFoundError("There is no such letter.")
    content: Any  # Any: the JSON that write_letter sealed
    if row.subject_id is not None:
        content = open_notes(uow, row.subject_id, letter_id).get(LETTER)
        if content is None:
            raise NotFoundError("Its addressee has been erased, and what the letter said with them.")
    else:
        content = json.loads(CONTENT.open(uow, row.sealed, letter_id))
    pages = {language: from_data(data) for language, data in content["pages"].items()}
    return LetterContent(content["address"], pages, content.get("files", {}))


def letter_page(uow: UnitOfWork, letter_id: UUID, language: str) -> Printed:
    """Return one page of a letter.

    Raises:
        NotFoundError: There is no such letter, it was not written in the language, or its addressee was erased.
    """
    pages = letter_content(uow, letter_id).pages
    if language not in pages:
        raise NotFoundError(f"The letter was written in: {', '.join(pages)}.")
    return pages[language]


def _move(
    uow: UnitOfWork,
    letter_id: UUID,
    before: set[LetterState],
    to: LetterState,
    **values: Any,  # Any: column values
) -> tuple[UUID, list[str]]:
    here = (_LETTERS.c.operator_id == uow.operator_id, _LETTERS.c.id == letter_id)
    moved = uow.session.execute(
        update(_LETTERS)
        .where(*here, _LETTERS.c.state.in_(before))
        .values(state=to, **values)
        .returning(_LETTERS.c.case_id, _LETTERS.c.meets)
    ).first()
    if moved is not None:
        return moved.case_id, moved.meets
    state = uow.session.scalar(select(_LETTERS.c.state).where(*here))
    if state is None:
        raise NotFoundError("There is no such letter.")
    raise ConflictError(f"The letter is {state} already.")
