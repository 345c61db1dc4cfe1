"""How long there is until a duty is due, in words and with a mark."""

from dataclasses import dataclass
from datetime import date, timedelta

from consent_service.deadlines.rules import almaty_day
from consent_service.deadlines.working_days import Calendar
from consent_service.duties.queries import DutyView
from consent_service.duties.rules import SOON_WORKING_DAYS
from consent_service.kernel.uow import UnitOfWork
from consent_service.pages.languages import days_late, days_left
from consent_service.services import services


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of the time of a duty."""

    words: str
    is_late: bool
    is_soon: bool

    @property
    def mark(self) -> str:
        """How it is marked."""
        return "bad" if self.is_late else "soon" if self.is_soon else "calm"


def left(duty: DutyView, uow: UnitOfWork) -> Left:
    """Say how many working days are left of a duty, or by how many days it is late."""
    on = almaty_day(uow.now)
    if duty.due_at <= uow.now:
        return Left(days_late((on - duty.due_on).days), is_late=True, is_soon=False)
    working = working_days_between(on, duty.due_on, services().law.calendar)
    words = days_left(working, is_today=duty.due_on == on)
    return Left(words, is_late=False, is_soon=working <= SOON_WORKING_DAYS)


def working_days_between(on: date, until: date, calendar: Calendar) -> int:
    """Count the working days after ``on`` up to and with ``until``."""
    return sum(calendar.is_working(on + timedelta(days=n)) for n in range(1, (until - on).days + 1))
