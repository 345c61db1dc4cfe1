"""How many people stand where towards the latest versions of documents."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from consent_service.kernel.db import table_of
from consent_service.kernel.uow import UnitOfWork
from consent_service.policies.queries import version_by_id
from consent_service.standings.states import StandingState
from consent_service.standings.tables import Standing, VersionChange

_STANDINGS, _CHANGES = table_of(Standing), table_of(VersionChange)


@dataclass(frozen=True, slots=True)
class VersionCount:
    """A version that followed another one, and how many people stand where towards it."""

    document: str
    version: str
    people: Mapping[StandingState, int]


def count_standings(uow: UnitOfWork, since: datetime, most: int) -> list[VersionCount]:
    """Count people by where they stand towards the versions posted since an instant, the latest first."""
    versions = uow.session.scalars(
        select(_CHANGES.c.version_id)
        .where(_CHANGES.c.operator_id == uow.operator_id, _CHANGES.c.posted_at >= since)
        .order_by(_CHANGES.c.posted_at.desc(), _CHANGES.c.version_id)
        .limit(most)
    ).all()
    people: dict[object, dict[StandingState, int]] = {one: {} for one in versions}
    for row in uow.session.execute(
        select(_STANDINGS.c.version_id, _STANDINGS.c.state, func.count().label("people"))
        .where(_STANDINGS.c.operator_id == uow.operator_id, _STANDINGS.c.version_id.in_(versions))
        .group_by(_STANDINGS.c.version_id, _STANDINGS.c.state)
    ):
        people[row.version_id][row.state] = row.people
    found = []
    for version_id in versions:
        version = version_by_id(uow, version_id)
        found.append(VersionCount(version.name, version.version, people[version_id]))
    return found
