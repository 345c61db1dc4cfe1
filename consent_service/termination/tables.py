"""Orders to end an operator: who ordered and approved it, how far it is, what it has destroyed."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from consent_service.kernel.db import Base, Json, StateType
from consent_service.termination.states import EndingReason, EndingState, WithoutExport


class OperatorEnding(Base):
    """One order to end an operator; nobody whose data are kept is in it.

    ``people``: how many there were when it began.  ``erased``: rows that are gone so far, by table.  ``last_error``:
    what stood in the way, or what the last try could not do.
    """

    __tablename__ = "operator_endings"

    operator_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    state: Mapped[EndingState] = mapped_column(StateType(EndingState))
    because: Mapped[EndingReason] = mapped_column(StateType(EndingReason))
    without_export: Mapped[WithoutExport | None] = mapped_column(StateType(WithoutExport))
    ordered_by: Mapped[str]
    ordered_at: Mapped[datetime]
    decided_by: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    begun_at: Mapped[datetime | None]
    people: Mapped[int]
    erased: Mapped[Json]
    last_error: Mapped[str | None]
    ended_at: Mapped[datetime | None]
