"""Answers kept by idempotency key."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from consent_service.kernel.db import Base


class IdempotentAnswer(Base):
    """The answer that an ``Idempotency-Key`` got, kept for a day, sealed; the request by a keyed digest alone.

    ``subject_id``: whom it concerns, where it is one person.  Once that person is erased nothing but the key is left.
    """

    __tablename__ = "idempotent_answers"
    __table_args__ = (Index(None, "expires_at"), Index(None, "operator_id", "subject_id"))

    operator_id: Mapped[int] = mapped_column(primary_key=True)
    route: Mapped[str] = mapped_column(primary_key=True)
    key_hash: Mapped[bytes] = mapped_column(primary_key=True)
    subject_id: Mapped[UUID | None]
    fingerprint: Mapped[bytes | None]
    status: Mapped[int | None]
    answer: Mapped[bytes | None]
    expires_at: Mapped[datetime]


class ConcernedPerson(Base):
    """One of several people whom a kept answer concerns."""

    __tablename__ = "idempotent_people"
    __table_args__ = (Index(None, "operator_id", "subject_id"),)

    operator_id: Mapped[int] = mapped_column(primary_key=True)
    route: Mapped[str] = mapped_column(primary_key=True)
    key_hash: Mapped[bytes] = mapped_column(primary_key=True)
    subject_id: Mapped[UUID] = mapped_column(primary_key=True)
