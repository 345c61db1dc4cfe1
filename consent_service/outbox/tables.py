"""Messages owed.  A row names its template, addressee and case; words and addresses are put in when it is sent."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from consent_service.kernel.db import Base, Json, StateType
from consent_service.outbox.states import MessageState


class OutboxMessage(Base):
    """One message to a person, a member of staff or an address.  ``facts`` holds dates and codes, no personal data.

    ``sealed`` holds an address or a secret until the message is settled.
    """

    __tablename__ = "outbox_messages"
    __table_args__ = (
        Index(None, "state", "run_after"),
        Index(None, "operator_id", "state", "created_at"),
        Index(None, "operator_id", "case_id"),
        Index(None, "operator_id", "settled_at"),
    )

    operator_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    template: Mapped[str]
    subject_id: Mapped[UUID | None]
    staff_id: Mapped[UUID | None]
    case_id: Mapped[UUID]
    language: Mapped[str]
    facts: Mapped[Json]
    sealed: Mapped[bytes | None]
    state: Mapped[MessageState] = mapped_column(StateType(MessageState))
    attempts: Mapped[int]
    run_after: Mapped[datetime]
    last_error: Mapped[str | None]
    proof: Mapped[Json | None]  # the mail server, its answer and the message's id
    created_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
