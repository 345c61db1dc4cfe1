"""Events as appended.  Triggers refuse UPDATE and DELETE, except that the opening of an expired event may go."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from consent_service.kernel.db import Base, StateType
from consent_service.ledger.events import EventType


class LedgerEvent(Base):
    """One event of consequence, with the commitment that proves it later.

    ``stream`` is the pseudonym of a person, the id of a case or order, or the operator itself; ``stream_seq`` runs
    without gaps in a stream and ``prev`` is the leaf input of the event before, so that an omission shows.  ``body``
    and ``salt`` are null once the evidence term is over.
    """

    __tablename__ = "ledger_events"
    __table_args__ = (
        UniqueConstraint("operator_id", "stream", "stream_seq"),
        CheckConstraint("length(leaf_input) = 33", name="leaf_length"),
        Index(None, "operator_id", "recorded_at"),
    )

    operator_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    stream: Mapped[UUID]
    stream_seq: Mapped[int]
    prev: Mapped[bytes | None]
    kind: Mapped[EventType] = mapped_column(StateType(EventType))
    body: Mapped[bytes | None]
    salt: Mapped[bytes | None]
    leaf_input: Mapped[bytes]
    recorded_at: Mapped[datetime]
    expired_at: Mapped[datetime | None]
