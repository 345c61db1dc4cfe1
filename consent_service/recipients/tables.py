"""Recipients in editions, transfers, and the notices that recipients are owed."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from consent_service.kernel.db import Base, Json, JsonList, StateType
from consent_service.recipients.states import Condition, NoticeKind, NoticeState

_CURRENT = text("is_current")


class Recipient(Base):
    """One edition of an entry: a change adds an edition and never alters one.

    ``sealed`` holds the contact; an edition that was superseded has none, since an address is no history.
    """

    __tablename__ = "recipients"
    __table_args__ = (
        Index(
            "uq_recipients_current", "operator_id", "id",
            unique=True, sqlite_where=_CURRENT, postgresql_where=_CURRENT,
        ),
    )  # fmt: skip

    operator_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    edition: Mapped[int] = mapped_column(primary_key=True)
    is_current: Mapped[bool]
    name: Mapped[str]
    country: Mapped[str]
    bin: Mapped[str | None]
    data: Mapped[JsonList]  # categories, as the documents or the operator call them
    purposes: Mapped[JsonList]  # document#code
    named_as: Mapped[JsonList]  # document#code of the third parties of the documents that this one is
    cross_border: Mapped[bool]
    condition: Mapped[Condition | None] = mapped_column(StateType(Condition))
    publication: Mapped[bool]
    contract: Mapped[str | None]
    contract_on: Mapped[date | None]
    since_on: Mapped[date]
    until_on: Mapped[date | None]
    sealed: Mapped[bytes | None]
    changed_by: Mapped[str]
    changed_at: Mapped[datetime]


class Transfer(Base):
    """One transfer that took place: of the people listed, or of a group of which the number alone is known."""

    __tablename__ = "transfers"
    __table_args__ = (Index(None, "operator_id", "recipient_id"), Index(None, "operator_id", "transferred_on", "id"))

    operator_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    recipient_id: Mapped[UUID]
    transferred_on: Mapped[date]
    data: Mapped[JsonList]
    purpose: Mapped[str]
    people: Mapped[int]
    must_tell: Mapped[bool]
    told_at: Mapped[datetime | None]
    told_how: Mapped[str | None]
    recorded_at: Mapped[datetime]


class TransferSubject(Base):
    """One person whose data were transferred."""

    __tablename__ = "transfer_subjects"
    __table_args__ = (
        ForeignKeyConstraint(["operator_id", "transfer_id"], ["transfers.operator_id", "transfers.id"]),
        Index(None, "operator_id", "subject_id"),
    )

    operator_id: Mapped[int] = mapped_column(primary_key=True)
    transfer_id: Mapped[UUID] = mapped_column(primary_key=True)
    subject_id: Mapped[UUID] = mapped_column(primary_key=True)


class RecipientNotice(Base):
    """One notice to one recipient about one person, by the erasure order that caused it.

    ``sealed`` holds the operator's reference of the person until there is proof that the notice went out.
    """

    __tablename__ = "recipient_notices"
    __table_args__ = (
        UniqueConstraint("operator_id", "order_id", "recipient_id", "kind"),
        Index(None, "operator_id", "state", "created_at"),
        Index(None, "operator_id", "subject_id"),
    )

    operator_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    order_id: Mapped[UUID]
    recipient_id: Mapped[UUID]
    subject_id: Mapped[UUID]
    kind: Mapped[NoticeKind] = mapped_column(StateType(NoticeKind))
    purposes: Mapped[JsonList]
    languages: Mapped[JsonList]
    state: Mapped[NoticeState] = mapped_column(StateType(NoticeState))
    sealed: Mapped[bytes | None]
    proof: Mapped[Json | None]
    sent_at: Mapped[datetime | None]
    acknowledged_on: Mapped[date | None]
    acknowledgement: Mapped[str | None]
    created_at: Mapped[datetime]


class NoticeRound(Base):
    """An erasure order whose recipients were looked for, so that nobody is told twice and nobody is forgotten."""

    __tablename__ = "notice_rounds"

    operator_id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[NoticeKind] = mapped_column(StateType(NoticeKind), primary_key=True)
    told: Mapped[int]
    made_at: Mapped[datetime]
