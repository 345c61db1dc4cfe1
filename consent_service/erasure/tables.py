"""The road of erasure: orders and their targets, legal holds, approvals, acts of destruction, who was erased."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from consent_service.erasure.states import ApprovalState, Cancelled, Ground, OrderState, TargetState
from consent_service.kernel.db import Base, Json, JsonList, StateType

# The conditions of partial indexes, to be written in a query letter for letter: SQLite knows them by their words alone.
TO_DO = text("state IN ('scheduled', 'running', 'failed')")
OPEN_ROWS = text("state NOT IN ('done', 'cancelled')")
IN_FORCE = text("lifted_at IS NULL")
OPEN_OF_RUNS = text("run_id IS NOT NULL AND state NOT IN ('done', 'cancelled')")


class ErasureOrder(Base):
    """One order to erase what was kept about a person.

    ``run_after`` is when we try, ``due_on`` the day by which it must be done.  A running order is claimed until
    ``claimed_until``; a worker that died is succeeded after that, and ``attempts`` tells its claim from the next one.
    ``started_at``: since when it can no longer be taken back.  ``result`` counts what was deleted and read back.
    One that was ``demanded`` does not wait for another that comes later and may still be taken back.
    """

    __tablename__ = "erasure_orders"
    __table_args__ = (
        Index(None, "operator_id", "subject_id"),
        Index(None, "operator_id", "cause_id"),
        Index(None, "operator_id", "created_at", "id"),
        Index(None, "operator_id", "run_id", "id"),
        Index(None, "state", "run_after"),
        Index(
            "ix_erasure_orders_open_of_runs",
            "operator_id",
            "run_id",
            "id",
            sqlite_where=OPEN_OF_RUNS,
            postgresql_where=OPEN_OF_RUNS,
        ),
        Index(
            "ix_erasure_orders_open", "operator_id", "due_on", "id", sqlite_where=OPEN_ROWS, postgresql_where=OPEN_ROWS
        ),
        Index("ix_erasure_orders_to_do", "operator_id", "due_on", "id", sqlite_where=TO_DO, postgresql_where=TO_DO),
    )

    operator_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    subject_id: Mapped[UUID]
    cause_kind: Mapped[str]  # withdrawal | expiry | request | demand | what a run is called
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
    run_id: Mapped[UUID | None]  # orders of one run are approved together
    started_at: Mapped[datetime | None]
    held_by: Mapped[UUID | None]  # the hold that stopped it last
    cancelled: Mapped[Cancelled | None] = mapped_column(StateType(Cancelled))
    ordered_by: Mapped[str | None]  # who gave the order: an actor, or staff named by a secret key
    reference: Mapped[str | None]  # of the document that demands it


class OrderTarget(Base):
    """One place outside our tables, in one order.

    ``found``: what the first look saw, by table.  ``before``: what was there before a try of which nothing is recorded
    yet.  ``erased``: what calls have said is gone; ``lost``: what such a try took away without saying so, by table.
    ``k``: of tables that were depersonalised.  ``reference``: of the document by which somebody answered by hand.
    """

    __tablename__ = "erasure_targets"
    __table_args__ = (
        ForeignKeyConstraint(["operator_id", "order_id"], ["erasure_orders.operator_id", "erasure_orders.id"]),
        Index(None, "state", "next_try_at"),
    )

    operator_id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int]
    kind: Mapped[str]
    state: Mapped[TargetState] = mapped_column(StateType(TargetState))
    attempts: Mapped[int]
    next_try_at: Mapped[datetime]
    found: Mapped[Json | None]
    before: Mapped[Json | None]
    erased: Mapped[Json]
    lost: Mapped[Json]
    k: Mapped[Json]
    method: Mapped[str | None]
    last_error: Mapped[str | None]
    confirmed_at: Mapped[datetime | None]
    reference: Mapped[str | None]


class LegalHold(Base):
    """What bars erasing: one person, or all who answered a document or said yes to a purpose; only ever lifted."""

    __tablename__ = "legal_holds"
    __table_args__ = (
        Index("ix_legal_holds_in_force", "operator_id", "id", sqlite_where=IN_FORCE, postgresql_where=IN_FORCE),
        Index(None, "operator_id", "placed_at", "id"),
    )

    operator_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    subject_id: Mapped[UUID | None]
    document_id: Mapped[UUID | None]
    purpose_id: Mapped[UUID | None]
    covers: Mapped[str | None]  # the document or the purpose by its name
    reference: Mapped[str]
    basis: Mapped[str]
    placed_by: Mapped[str]
    placed_at: Mapped[datetime]
    lifted_by: Mapped[str | None]
    lifted_at: Mapped[datetime | None]
    lift_reference: Mapped[str | None]


class Approval(Base):
    """The approval of one run, or of one order by itself: ``id`` is that of the run or of the order.

    ``people``: how many the run was announced for; ``ordered``: how many orders it has so far.
    """

    __tablename__ = "erasure_approvals"
    __table_args__ = (Index(None, "operator_id", "state", "requested_at"),)

    operator_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    people: Mapped[int]
    ordered: Mapped[int]
    state: Mapped[ApprovalState] = mapped_column(StateType(ApprovalState))
    requested_by: Mapped[str]
    requested_at: Mapped[datetime]
    decided_by: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    reason_sealed: Mapped[bytes | None]
    followed_at: Mapped[datetime | None]  # since when every order of it has moved as was decided


class Certificate(Base):
    """An act of destruction: its number in the operator's series, and its signed text."""

    __tablename__ = "erasure_certificates"
    __table_args__ = (UniqueConstraint("operator_id", "year", "number"),)

    operator_id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[UUID] = mapped_column(primary_key=True)
    year: Mapped[int]
    number: Mapped[int]
    sha256: Mapped[str]
    token: Mapped[str]  # JWS over the canonical JSON
    issued_at: Mapped[datetime]


class ErasedSubject(Base):
    """A pseudonym that stands for nobody any more, and until when the proof without a person is kept."""

    __tablename__ = "erased_subjects"
    __table_args__ = (Index(None, "evidence_until"),)

    operator_id: Mapped[int] = mapped_column(primary_key=True)
    subject_id: Mapped[UUID] = mapped_column(primary_key=True)
    erased_at: Mapped[datetime]
    key_epoch: Mapped[int | None]  # that wrapped the key in the end; null for those erased before epochs were kept
    evidence_until: Mapped[date]
