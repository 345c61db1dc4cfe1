"""What is shown of an operator over time: each picture counted between two days, by the index of its table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from consent_service.consents.counts import expiring_in, given_in
from consent_service.deadlines.rules import almaty_day
from consent_service.duties.kept import kept_in
from consent_service.forms.counts import USUAL_SPAN, FormCount, count_forms
from consent_service.kernel.uow import UnitOfWork
from consent_service.overview.spans import Days, coming_months, instants, latest_days, latest_months
from consent_service.retention.ahead import looked_at_in
from consent_service.standings.counts import VersionCount, count_standings
from consent_service.withdrawals.counts import received_in

DAYS = USUAL_SPAN // timedelta(days=1) + 1
MONTHS = 6
VERSIONS = 6
VERSIONS_SINCE = timedelta(days=365)


class Line(StrEnum):
    """What is counted, stretch by stretch."""

    GIVEN = "given"
    WITHDRAWN = "withdrawn"
    ON_TIME = "on_time"
    LATE = "late"
    UNMET = "unmet"
    EXPIRING = "expiring"
    LOOKED_AT = "looked_at"


@dataclass(frozen=True, slots=True)
class OverTime:
    """Stretches of days, and a number of each line in each of them."""

    spans: Sequence[Days]
    lines: Mapping[Line, Sequence[int]]


def answers(uow: UnitOfWork) -> OverTime:
    """Count consents given and withdrawals received, by day."""
    spans = latest_days(almaty_day(uow.now), DAYS)
    times = instants(spans)
    return OverTime(spans, {Line.GIVEN: given_in(uow, times), Line.WITHDRAWN: received_in(uow, times)})


def kept_duties(uow: UnitOfWork) -> OverTime:
    """Count duties by how they were kept, by the month in which they were due."""
    spans = latest_months(almaty_day(uow.now), MONTHS)
    kept = kept_in(uow, spans)
    return OverTime(spans, {Line.ON_TIME: kept.on_time, Line.LATE: kept.late, Line.UNMET: kept.unmet})


def ending_terms(uow: UnitOfWork) -> OverTime:
    """Count the answers whose term ends, by month."""
    spans = coming_months(almaty_day(uow.now), MONTHS)
    return OverTime(spans, {Line.EXPIRING: expiring_in(uow, spans)})


def storage_ahead(uow: UnitOfWork) -> OverTime:
    """Count the people about whose data it must be decided, by month."""
    spans = coming_months(almaty_day(uow.now), MONTHS)
    return OverTime(spans, {Line.LOOKED_AT: looked_at_in(uow, spans)})


def forms(uow: UnitOfWork) -> Sequence[FormCount]:
    """Count how many saw, ticked and sent each form."""
    return count_forms(uow, almaty_day(uow.now) - USUAL_SPAN)


def standings(uow: UnitOfWork) -> Sequence[VersionCount]:
    """Count people by where they stand towards the latest versions."""
    return count_standings(uow, uow.now - VERSIONS_SINCE, VERSIONS)
