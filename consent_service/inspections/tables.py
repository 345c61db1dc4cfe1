"""Inspection packs, and the parts of each ZIP, sealed under a key of the pack that goes with it."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKeyConstraint, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from consent_service.inspections.states import PackState
from consent_service.kernel.db import Base, StateType


class InspectionPack(Base):
    """A pack that was asked for.

    ``claim`` tells the worker that makes it from one that took it up later; ``done`` of ``steps`` is its progress.
    """

    __tablename__ = "inspection_packs"
    __table_args__ = (Index(None, "operator_id", "state"),)

    operator_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    since: Mapped[date]
    until: Mapped[date]
    state: Mapped[PackState] = mapped_column(StateType(PackState))
    steps: Mapped[int]
    done: Mapped[int]
    attempts: Mapped[int]
    claim: Mapped[UUID | None]
    claimed_until: Mapped[datetime | None]
    asked_by: Mapped[str]
    asked_at: Mapped[datetime]
    made_at: Mapped[datetime | None]
    expires_at: Mapped[datetime]
    size: Mapped[int | None] = mapped_column(BigInteger())
    sha256: Mapped[str | None] = mapped_column(Text())
    key_sealed: Mapped[bytes]


class InspectionPackPart(Base):
    """A part of the ZIP of a pack."""

    __tablename__ = "inspection_pack_parts"
    __table_args__ = (
        ForeignKeyConstraint(["operator_id", "pack_id"], ["inspection_packs.operator_id", "inspection_packs.id"]),
    )

    operator_id: Mapped[int] = mapped_column(primary_key=True)
    pack_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    sealed: Mapped[bytes]
