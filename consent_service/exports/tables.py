"""Full exports of an operator, and the parts of each ZIP, sealed under a key of the export that goes with it."""

from sqlalchemy import ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from consent_service.exports.states import ExportReason
from consent_service.kernel.db import Base, StateType
from consent_service.packs.columns import PackColumns, PartColumns


class OperatorExport(PackColumns, Base):
    """An export that was asked for."""

    __tablename__ = "operator_exports"
    __table_args__ = (Index(None, "operator_id", "state"),)

    because: Mapped[ExportReason] = mapped_column(StateType(ExportReason))


class OperatorExportPart(PartColumns, Base):
    """A part of the ZIP of an export."""

    __tablename__ = "operator_export_parts"
    __table_args__ = (
        ForeignKeyConstraint(["operator_id", "pack_id"], ["operator_exports.operator_id", "operator_exports.id"]),
    )
