"""Answers kept by idempotency key."""

from datetime import datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from consent_service.kernel.db import Base


class IdempotentAnswer(Base):
    """The answer that an ``Idempotency-Key`` got, kept for a day, sealed; the request by a keyed digest alone."""

    __tablename__ = "idempotent_answers"
    __table_args__ = (Index(None, "expires_at"),)

    operator_id: Mapped[int] = mapped_column(primary_key=True)
    route: Mapped[str] = mapped_column(primary_key=True)
    key_hash: Mapped[bytes] = mapped_column(primary_key=True)
    fingerprint: Mapped[bytes]
    status: Mapped[int | None]
    answer: Mapped[bytes | None]
    expires_at: Mapped[datetime]
