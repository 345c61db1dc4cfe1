"""How much room is left to a network or an address: neither stands in here in clear."""

from datetime import datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from consent_service.kernel.db import Base


class RateUse(Base):
    """Until when a doer, by a keyed digest, has not all of its room again."""

    __tablename__ = "rate_uses"
    __table_args__ = (Index(None, "full_at"),)

    operator_id: Mapped[int] = mapped_column(primary_key=True)
    rate: Mapped[str] = mapped_column(primary_key=True)
    who: Mapped[bytes] = mapped_column(primary_key=True)
    full_at: Mapped[datetime]
