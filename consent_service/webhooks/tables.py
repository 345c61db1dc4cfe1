"""Webhooks, what is owed to them, and what each try came to."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from consent_service.kernel.db import Base, Json, JsonList, StateType
from consent_service.webhooks.states import Because, DeliveryState, Kind, WebhookState


class Webhook(Base):
    """An address of an operator, with the kinds of events that it is told of.

    ``sealed`` holds the address and its secrets; ``previous_until`` says until when the one before signs too.
    """

    __tablename__ = "webhooks"

    operator_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    kinds: Mapped[JsonList]
    state: Mapped[WebhookState] = mapped_column(StateType(WebhookState))
    because: Mapped[Because | None] = mapped_column(StateType(Because))
    sealed: Mapped[bytes]
    previous_until: Mapped[datetime | None]
    failing_since: Mapped[datetime | None]
    resume_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class WebhookDelivery(Base):
    """One event on its way to one address.  ``facts`` holds ids, days and codes, no personal data.

    ``sealed`` holds the operator's reference of a person who has been erased while this was owed.
    """

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        ForeignKeyConstraint(["operator_id", "webhook_id"], ["webhooks.operator_id", "webhooks.id"]),
        Index(None, "operator_id", "webhook_id", "state", "run_after"),
        Index(None, "operator_id", "webhook_id", "created_at"),
        Index(None, "operator_id", "subject_id"),
        Index(None, "operator_id", "settled_at"),
    )

    operator_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    webhook_id: Mapped[UUID]
    kind: Mapped[Kind] = mapped_column(StateType(Kind))
    subject_id: Mapped[UUID | None]
    facts: Mapped[Json]
    sealed: Mapped[bytes | None]
    state: Mapped[DeliveryState] = mapped_column(StateType(DeliveryState))
    attempts: Mapped[int]
    occurred_at: Mapped[datetime]
    owed_since: Mapped[datetime]
    run_after: Mapped[datetime]
    created_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]


class WebhookAttempt(Base):
    """One try: when, and what came back; neither while it is under way, or where its worker died."""

    __tablename__ = "webhook_attempts"
    __table_args__ = (
        ForeignKeyConstraint(
            ["operator_id", "delivery_id"],
            ["webhook_deliveries.operator_id", "webhook_deliveries.id"],
            ondelete="CASCADE",
        ),
    )

    operator_id: Mapped[int] = mapped_column(primary_key=True)
    delivery_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    status: Mapped[int | None]
    error: Mapped[str | None]
