"""What colleagues note in a person's case for each other: sealed under the person's key, so that it goes with them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from consent_service.kernel.db import table_of
from consent_service.kernel.errors import ConflictError
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.service import append
from consent_service.subjects.reasons import RevealReason
from consent_service.subjects.service import keep_note, lock_by_id, read_words
from consent_service.subjects.tables import SubjectNote

_NOTES = table_of(SubjectNote)
_KIND = "colleagues|"
MOST = 500


@dataclass(frozen=True, slots=True, repr=False)
class CaseNote:
    """One note, opened; ``by``: who wrote it, as events name them."""

    at: datetime
    by: str
    text: str


def add_case_note(uow: UnitOfWork, subject_id: UUID, case_id: UUID, text: str) -> None:
    """Note something in a case for colleagues; the person is never shown it.

    Raises:
        ConflictError: The person has been erased, or the case has as many notes as it may have.
    """
    person = lock_by_id(uow, subject_id)
    if person is None:
        raise ConflictError("The person has been erased: nothing more is noted about them.")
    number = count_case_notes(uow, case_id) + 1
    if number > MOST:
        raise ConflictError(f"A case takes {MOST} notes at most.")
    words = {"at": uow.now.isoformat(), "by": str(uow.actor), "text": text}
    keep_note(uow, person, case_id, f"{_KIND}{number:06}", words)
    append(uow, EventType.CASE_NOTED, subject_id, {"case": str(case_id)})


def count_case_notes(uow: UnitOfWork, case_id: UUID) -> int:
    """Return how many notes a case has, none of which is opened."""
    mine = (_NOTES.c.operator_id == uow.operator_id, _NOTES.c.case_id == case_id, _NOTES.c.kind.startswith(_KIND))
    return uow.session.execute(select(func.count()).select_from(_NOTES).where(*mine)).scalar_one()


def read_case_notes(uow: UnitOfWork, subject_id: UUID, case_id: UUID, because: RevealReason) -> list[CaseNote]:
    """Return the notes of a case, the earliest first; the reading is recorded."""
    found = read_words(uow, subject_id, case_id, because)
    return [
        CaseNote(datetime.fromisoformat(words["at"]), words["by"], words["text"])
        for kind, words in sorted(found.items())
        if kind.startswith(_KIND)
    ]
