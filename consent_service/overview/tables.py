"""What each figure of an operator was on each day.  No person is in it."""

from datetime import date

from sqlalchemy.orm import Mapped, mapped_column

from consent_service.kernel.db import Base, StateType
from consent_service.overview.figures import Figure


class DailyFigure(Base):
    """A figure as it was when it was first looked at on an Almaty day."""

    __tablename__ = "daily_figures"

    operator_id: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    figure: Mapped[Figure] = mapped_column(StateType(Figure), primary_key=True)
    number: Mapped[int]
