"""Letters.  What a letter to a person says is a sealed note of that person; other letters are sealed here."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from consent_service.kernel.db import Base, Json, JsonList, StateType
from consent_service.letters.states import LetterChannel, LetterKind, LetterState


class Letter(Base):
    """One outgoing letter.  Number and year are the operator's own count; no gap, no repetition."""

    __tablename__ = "letters"
    __table_args__ = (UniqueConstraint("operator_id", "year", "number"), Index(None, "operator_id", "case_id"))

    operator_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    year: Mapped[int]
    number: Mapped[int]
    kind: Mapped[LetterKind] = mapped_column(StateType(LetterKind))
    case_kind: Mapped[str]
    case_id: Mapped[UUID]
    subject_id: Mapped[UUID | None]
    languages: Mapped[JsonList]
    written_on: Mapped[date]
    channel: Mapped[LetterChannel] = mapped_column(StateType(LetterChannel))
    state: Mapped[LetterState] = mapped_column(StateType(LetterState))
    meets: Mapped[JsonList]  # actions of the case that are done once the letter is sent
    sealed: Mapped[bytes | None]
    proof: Mapped[Json | None]  # of the dispatch: a mail server's answer, or the number of a postal receipt
    sent_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
