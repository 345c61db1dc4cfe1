"""Where an operator's data lie outside our own tables, what was tried there, and what somebody has to do by hand."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from consent_service.connectors.states import Kind, TaskState
from consent_service.kernel.db import Base, Json, StateType


class Connector(Base):
    """One target of an operator: its description, the credential, and what the description was held against."""

    __tablename__ = "connectors"

    operator_id: Mapped[int] = mapped_column(ForeignKey("operators.id"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    place: Mapped[int]  # in the file
    kind: Mapped[Kind] = mapped_column(StateType(Kind))
    description: Mapped[Json]
    sealed: Mapped[bytes]  # an address, a secret for signatures, or whom to write to
    fingerprint: Mapped[str | None]  # of the schema that it was checked against; null where there is none
    checked_at: Mapped[datetime]


class ConnectorAttempt(Base):
    """What was about to go when a database of an operator committed, so that a crash after it loses no count."""

    __tablename__ = "connector_attempts"
    __table_args__ = (Index(None, "operator_id", "tried_at"),)

    operator_id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[UUID] = mapped_column(primary_key=True)
    target: Mapped[str] = mapped_column(primary_key=True)
    attempt: Mapped[Json]  # as ``journal.Attempt``: counts alone
    tried_at: Mapped[datetime]


class MailTask(Base):
    """What a named person at the operator was asked to erase by hand.

    ``sealed``: the operator's reference of the person, forgotten with the confirmation; ``answer_sealed``: what is
    lacking, in the words of whoever was asked.
    """

    __tablename__ = "mail_tasks"
    __table_args__ = (Index(None, "operator_id", "state"),)

    operator_id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[UUID] = mapped_column(primary_key=True)
    target: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[UUID]  # by which messages name it
    state: Mapped[TaskState] = mapped_column(StateType(TaskState))
    sealed: Mapped[bytes | None]
    answer_sealed: Mapped[bytes | None]
    counts: Mapped[Json | None]
    mailed_on: Mapped[date]
    created_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]


class MailTaskLink(Base):
    """A link by which a task is opened; each mail has its own, and the token is kept only as a hash."""

    __tablename__ = "mail_task_links"
    __table_args__ = (
        ForeignKeyConstraint(
            ["operator_id", "order_id", "target"],
            ["mail_tasks.operator_id", "mail_tasks.order_id", "mail_tasks.target"],
        ),
    )

    operator_id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    order_id: Mapped[UUID]
    target: Mapped[str]
    expires_at: Mapped[datetime]
