"""How far each file was imported, and the lines that could not be.  No personal data."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKeyConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from consent_service.kernel.db import Base, JsonList


class ConsentImport(Base):
    """One file, known by the keyed digest of its bytes; its row is locked by whoever imports a batch of it.

    ``next_offset`` and ``next_line``: where the first line begins that is not imported yet.
    """

    __tablename__ = "consent_imports"
    __table_args__ = (UniqueConstraint("operator_id", "file_index"),)

    operator_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    file_index: Mapped[bytes]
    next_offset: Mapped[int] = mapped_column(BigInteger())
    next_line: Mapped[int] = mapped_column(BigInteger())
    recorded: Mapped[int] = mapped_column(BigInteger())
    known: Mapped[int] = mapped_column(BigInteger())
    refused: Mapped[int] = mapped_column(BigInteger())
    begun_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class RefusedLine(Base):
    """A line that was not imported: where it stands in its file, and why."""

    __tablename__ = "refused_lines"
    __table_args__ = (
        ForeignKeyConstraint(["operator_id", "import_id"], ["consent_imports.operator_id", "consent_imports.id"]),
    )

    operator_id: Mapped[int] = mapped_column(primary_key=True)
    import_id: Mapped[UUID] = mapped_column(primary_key=True)
    line: Mapped[int] = mapped_column(BigInteger(), primary_key=True)
    begins_at: Mapped[int] = mapped_column(BigInteger())
    ends_at: Mapped[int] = mapped_column(BigInteger())
    reasons: Mapped[JsonList]
