"""Checks of the ledger: ordered, under way, ended."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Index
from sqlalchemy.orm import Mapped, mapped_column

from consent_service.kernel.db import Base


class LedgerCheck(Base):
    """A check of everything that is kept, of the whole installation.

    ``is_open`` is true until the check has ended and null from then on, so that there is one that is open at most.
    ``ordered_by`` is null where the night ordered it.  ``looking_at`` and ``looked_at`` say how far it is; ``found`` is
    how many places do not fit, and ``error`` the class of what kept it from ending.
    """

    __tablename__ = "ledger_checks"
    __table_args__ = (Index(None, "ended_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    is_open: Mapped[bool | None] = mapped_column(unique=True)
    ordered_by: Mapped[str | None]
    ordered_at: Mapped[datetime]
    attempts: Mapped[int]
    claim: Mapped[UUID | None]
    claimed_until: Mapped[datetime | None]
    begun_at: Mapped[datetime | None]
    looking_at: Mapped[str | None]
    looked_at: Mapped[int] = mapped_column(BigInteger())
    ended_at: Mapped[datetime | None]
    events: Mapped[int] = mapped_column(BigInteger())
    holes: Mapped[int] = mapped_column(BigInteger())
    waiting: Mapped[int] = mapped_column(BigInteger())
    leaves: Mapped[int] = mapped_column(BigInteger())
    heads: Mapped[int] = mapped_column(BigInteger())
    anchors: Mapped[int] = mapped_column(BigInteger())
    records: Mapped[int] = mapped_column(BigInteger())
    found: Mapped[int] = mapped_column(BigInteger())
    error: Mapped[str | None]
