"""The operator's own schedule of storage, in editions."""

from datetime import date, datetime

from sqlalchemy.orm import Mapped, mapped_column

from consent_service.kernel.db import Base, JsonList


class StorageSchedule(Base):
    """One edition of the whole schedule.  The last of those that are valid on a day rules on it; none is changed."""

    __tablename__ = "storage_schedules"

    operator_id: Mapped[int] = mapped_column(primary_key=True)
    edition: Mapped[int] = mapped_column(primary_key=True)
    valid_from: Mapped[date]
    rules: Mapped[JsonList]
    set_by: Mapped[str]
    set_at: Mapped[datetime]
