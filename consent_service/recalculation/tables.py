"""Decisions to date open duties again, and how far each has been carried out."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from consent_service.kernel.db import Base, StateType
from consent_service.recalculation.states import RecalculationState

_OPEN = text("state = 'approved'")


class Recalculation(Base):
    """One decision.  ``after_case`` and ``after_duty`` say how far it has come, so that it may be killed and go on."""

    __tablename__ = "recalculations"
    __table_args__ = (
        Index("uq_recalculations_open", "operator_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
    )

    operator_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    edition: Mapped[str]
    author: Mapped[str]
    reason_sealed: Mapped[bytes]
    state: Mapped[RecalculationState] = mapped_column(StateType(RecalculationState))
    after_case: Mapped[UUID | None]
    after_duty: Mapped[UUID | None]
    seen: Mapped[int]
    moved: Mapped[int]
    approved_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
