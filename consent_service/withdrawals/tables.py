"""Withdrawals and the purposes each one covers."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from consent_service.consents.states import ConsentState
from consent_service.erasure.states import Ground
from consent_service.kernel.db import Base, Json, JsonList, StateType
from consent_service.withdrawals.states import Bar, Matter, WithdrawalChannel, WithdrawalState

_OPEN = text("is_open")
# The condition of the partial index, to be written in a query letter for letter: SQLite knows it by its words alone.
REFUSED_ROWS = text("bar IS NOT NULL")


class Withdrawal(Base):
    """One withdrawal of a person from one document, or from some of its purposes.

    ``effective_on`` is the last Almaty day of the consent where the rule gives days, the day of receipt where it does
    not; ``effective_at`` is the instant from which nothing is allowed any more.
    """

    __tablename__ = "withdrawals"
    __table_args__ = (
        ForeignKeyConstraint(["operator_id", "document_id"], ["documents.operator_id", "documents.id"]),
        Index(None, "operator_id", "subject_id"),
        Index(None, "operator_id", "received_at", "id"),
        Index(None, "operator_id", "state", "received_at", "id"),
        Index(None, "operator_id", "assignee_id", "received_at", "id"),
        Index(
            "ix_withdrawals_refused",
            "operator_id",
            "received_at",
            "id",
            sqlite_where=REFUSED_ROWS,
            postgresql_where=REFUSED_ROWS,
        ),
        Index(None, "state", "effective_at"),
    )

    operator_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    subject_id: Mapped[UUID]
    document_id: Mapped[UUID]
    version_id: Mapped[UUID]
    matter: Mapped[Matter] = mapped_column(StateType(Matter))
    parts: Mapped[JsonList]  # of art. 24(1)(5); empty where the consent is withdrawn whole
    channel: Mapped[WithdrawalChannel] = mapped_column(StateType(WithdrawalChannel))
    acting: Mapped[Json]  # {by, age}: who acted; the representative is sealed
    state: Mapped[WithdrawalState] = mapped_column(StateType(WithdrawalState))
    sent_at: Mapped[datetime | None]
    received_at: Mapped[datetime]
    received_on: Mapped[date]
    wanted_on: Mapped[date | None]
    effective_on: Mapped[date]
    effective_at: Mapped[datetime]
    cancellable_until: Mapped[date | None]
    rules: Mapped[JsonList]  # the clauses applied, each with its words in kk, ru, en
    bar: Mapped[Bar | None] = mapped_column(StateType(Bar))
    bar_reference: Mapped[str | None]
    cancelled_by: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    resumed_at: Mapped[datetime | None]  # when the bar had fallen away
    closed_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    assignee_id: Mapped[UUID | None]  # the member of staff whose work it is
    # Of these the erasure order will be made; null where only parts were withdrawn.
    erase_ground: Mapped[Ground | None] = mapped_column(StateType(Ground))
    erase_due_on: Mapped[date | None]
    erase_run_after: Mapped[datetime | None]


class WithdrawalPurpose(Base):
    """One purpose that a withdrawal covers, and the state its consent is to go back to if it is taken back."""

    __tablename__ = "withdrawal_purposes"
    __table_args__ = (
        ForeignKeyConstraint(["operator_id", "withdrawal_id"], ["withdrawals.operator_id", "withdrawals.id"]),
        Index(
            "uq_withdrawal_purposes_open",
            "operator_id",
            "subject_id",
            "purpose_id",
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
    )

    operator_id: Mapped[int] = mapped_column(primary_key=True)
    withdrawal_id: Mapped[UUID] = mapped_column(primary_key=True)
    purpose_id: Mapped[UUID] = mapped_column(primary_key=True)
    subject_id: Mapped[UUID]
    consent_id: Mapped[UUID]
    state_before: Mapped[ConsentState] = mapped_column(StateType(ConsentState))
    is_open: Mapped[bool]
    is_barred: Mapped[bool]  # refused for this purpose: allowed on, for it alone
