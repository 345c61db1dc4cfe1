"""What the rows of every kind of pack, and of their parts, have."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Text
from sqlalchemy.orm import Mapped, mapped_column

from consent_service.kernel.db import StateType
from consent_service.packs.states import PackState


class PackColumns:
    """A pack that was asked for.

    ``claim`` tells the worker that makes it from one that took it up later; ``done`` of ``steps`` is its progress.
    """

    operator_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
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


class PartColumns:
    """A part of the ZIP of a pack."""

    operator_id: Mapped[int] = mapped_column(primary_key=True)
    pack_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    sealed: Mapped[bytes]
