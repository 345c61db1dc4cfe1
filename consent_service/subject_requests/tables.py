"""Requests.  What was written, and who asks, are sealed notes of the person."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from consent_service.kernel.db import Base, Json, JsonList, StateType
from consent_service.subject_requests.states import (
    IdentityMethod,
    RequestChannel,
    RequestState,
    RequestType,
    Violation,
)


class SubjectRequest(Base):
    """One request.  ``is_known``: the person was known before; otherwise the pseudonym was made for the request."""

    __tablename__ = "subject_requests"
    __table_args__ = (
        Index(None, "operator_id", "subject_id"),
        Index(None, "operator_id", "state", "received_at"),
        Index(None, "operator_id", "received_at", "id"),
        Index(None, "operator_id", "type", "received_at", "id"),
        Index(None, "operator_id", "assignee_id", "received_at", "id"),
        UniqueConstraint("operator_id", "tracking_lookup"),
    )

    operator_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    subject_id: Mapped[UUID]
    is_known: Mapped[bool]
    type: Mapped[RequestType] = mapped_column(StateType(RequestType))
    document_id: Mapped[UUID | None]
    purposes: Mapped[JsonList | None]  # of a withdrawal: which of the document's; None for all
    version_id: Mapped[UUID | None]
    channel: Mapped[RequestChannel] = mapped_column(StateType(RequestChannel))
    state: Mapped[RequestState] = mapped_column(StateType(RequestState))
    language: Mapped[str]
    received_at: Mapped[datetime]
    received_on: Mapped[date]
    acting: Mapped[Json]  # who acts, for a person of which age
    linked_to: Mapped[UUID | None]  # an earlier open request of the same person on the same matter
    identity: Mapped[IdentityMethod | None] = mapped_column(StateType(IdentityMethod))
    identified_at: Mapped[datetime | None]
    violation: Mapped[Violation | None] = mapped_column(StateType(Violation))
    rules: Mapped[JsonList]  # clauses that say something without a date, each with its words
    reference: Mapped[str | None]  # the article on which it was refused
    decided_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    tracking_lookup: Mapped[bytes | None]  # a keyed digest of the address under which who asked follows it
    assignee_id: Mapped[UUID | None]  # the member of staff whose work it is
    created_at: Mapped[datetime]


class IdentityCode(Base):
    """The code that was sent to make sure who asks: kept as a keyed hash, for ten minutes and five tries."""

    __tablename__ = "identity_codes"
    __table_args__ = (Index(None, "operator_id", "subject_id", "sent_at"),)

    operator_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    request_id: Mapped[UUID]
    subject_id: Mapped[UUID]
    method: Mapped[IdentityMethod] = mapped_column(StateType(IdentityMethod))
    code_hash: Mapped[bytes]
    tries: Mapped[int]
    sent_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
