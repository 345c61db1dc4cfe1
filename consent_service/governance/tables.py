"""Entries of the registers in editions.  Names and words are sealed."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from consent_service.governance.states import EntryKind
from consent_service.kernel.db import Base, StateType

_CURRENT = text("is_current")


class RegisterEntry(Base):
    """One edition of an entry: a change adds an edition and never alters one."""

    __tablename__ = "register_entries"
    __table_args__ = (
        Index(
            "uq_register_entries_current", "operator_id", "id",
            unique=True, sqlite_where=_CURRENT, postgresql_where=_CURRENT,
        ),
    )  # fmt: skip

    operator_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    edition: Mapped[int] = mapped_column(primary_key=True)
    is_current: Mapped[bool]
    kind: Mapped[EntryKind] = mapped_column(StateType(EntryKind))
    done_on: Mapped[date]
    reference: Mapped[str | None]
    until_on: Mapped[date | None]
    review_on: Mapped[date | None]
    sealed: Mapped[bytes]
    changed_by: Mapped[str]
    changed_at: Mapped[datetime]
