"""Inspection packs, and the parts of each ZIP, sealed under a key of the pack that goes with it."""

from datetime import date

from sqlalchemy import ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped

from consent_service.kernel.db import Base
from consent_service.packs.columns import PackColumns, PartColumns


class InspectionPack(PackColumns, Base):
    """A pack of a period that was asked for."""

    __tablename__ = "inspection_packs"
    __table_args__ = (Index(None, "operator_id", "state"),)

    since: Mapped[date]
    until: Mapped[date]


class InspectionPackPart(PartColumns, Base):
    """A part of the ZIP of a pack."""

    __tablename__ = "inspection_pack_parts"
    __table_args__ = (
        ForeignKeyConstraint(["operator_id", "pack_id"], ["inspection_packs.operator_id", "inspection_packs.id"]),
    )
