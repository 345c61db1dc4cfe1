"""Erasure orders: what is to go, why, by when, and what came of it."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from consent_service.erasure.states import Ground, OrderState
from consent_service.kernel.db import Base, Json, JsonList, StateType


class ErasureOrder(Base):
    """One order to erase what was kept about a person.

    ``run_after`` is when we try, ``due_on`` the day by which it must be done.  A running order is claimed until
    ``claimed_until``; a worker that died is succeeded after that.  ``result`` counts what was deleted and read back.
    One that was ``demanded`` does not wait for another that comes later and may still be taken back.
    """

    __tablename__ = "erasure_orders"
    __table_args__ = (
        Index(None, "operator_id", "subject_id"),
        Index(None, "operator_id", "cause_id"),
        Index(None, "state", "run_after"),
    )

    operator_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    subject_id: Mapped[UUID]
    cause_kind: Mapped[str]  # withdrawal | expiry | loose_end | request
    cause_id: Mapped[UUID]
    ground: Mapped[Ground] = mapped_column(StateType(Ground))
    demanded: Mapped[bool]
    purposes: Mapped[JsonList]  # ids; empty: all that the person ever consented to
    state: Mapped[OrderState] = mapped_column(StateType(OrderState))
    run_after: Mapped[datetime]
    due_on: Mapped[date]
    attempts: Mapped[int]
    claimed_until: Mapped[datetime | None]
    last_error: Mapped[str | None]
    result: Mapped[Json | None]
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]


class ErasedSubject(Base):
    """A pseudonym that stands for nobody any more, and until when the proof without a person is kept."""

    __tablename__ = "erased_subjects"
    __table_args__ = (Index(None, "evidence_until"),)

    operator_id: Mapped[int] = mapped_column(primary_key=True)
    subject_id: Mapped[UUID] = mapped_column(primary_key=True)
    erased_at: Mapped[datetime]
    key_epoch: Mapped[int | None]  # that wrapped the key in the end; null for those erased before epochs were kept
    evidence_until: Mapped[date]
