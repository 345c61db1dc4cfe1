"""A duty before it is dated, and the case it belongs to.  Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from consent_service.deadlines.catalogue import DutyRule
from consent_service.deadlines.periods import Period
from consent_service.deadlines.working_days import Calendar
from consent_service.duties.states import Moment

SOON_WORKING_DAYS = 3


@dataclass(frozen=True, slots=True)
class DutySpec:
    """A duty before it is dated.

    ``from_at`` is when its ``moment`` was.  ``rolls`` is false for an effect, which is not an act that someone owes.
    """

    code: str
    action: str
    origin: str
    source: Mapping[str, str]
    clause: str | None
    period: Period
    settled: bool
    from_at: datetime
    moment: Moment = Moment.RECEIVED
    rolls: bool = True
    catalogue_edition: str | None = None

    @classmethod
    def of_law(
        cls, rule: DutyRule, from_at: datetime, catalogue_edition: str, moment: Moment = Moment.RECEIVED
    ) -> "DutySpec":
        """Take a duty from the catalogue of the law."""
        return cls(
            rule.code, rule.action, "law", rule.source, None, rule.period, rule.settled, from_at, moment,
            catalogue_edition=catalogue_edition,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Case:
    """What a duty belongs to."""

    kind: str
    id: UUID
    subject_id: UUID | None


def soon_until(on: date, calendar: Calendar) -> date:
    """Return the day before which a duty is due soon."""
    days = SOON_WORKING_DAYS
    while days:
        on += timedelta(days=1)
        days -= calendar.is_working(on)
    return on + timedelta(days=1)
