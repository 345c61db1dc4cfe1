"""What came of the latest orders at each place outside."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from consent_service.erasure.states import TargetState
from consent_service.erasure.tables import ErasureOrder, OrderTarget
from consent_service.kernel.db import table_of
from consent_service.kernel.uow import UnitOfWork

LATEST = 200  # orders that are looked at
_ORDERS, _TARGETS = table_of(ErasureOrder), table_of(OrderTarget)


@dataclass(frozen=True, slots=True)
class PlaceResults:
    """How many of the latest orders stand in each state at a place, and when it confirmed last."""

    states: Mapping[TargetState, int]
    confirmed_at: datetime | None


def latest_results(uow: UnitOfWork) -> dict[str, PlaceResults]:
    """Return the results of the latest orders by the name of the place."""
    latest = (
        select(_ORDERS.c.id)
        .where(_ORDERS.c.operator_id == uow.operator_id)
        .order_by(_ORDERS.c.created_at.desc(), _ORDERS.c.id.desc())
        .limit(LATEST)
        .subquery()
    )
    rows = uow.session.execute(
        select(_TARGETS.c.name, _TARGETS.c.state, func.count().label("orders"), func.max(_TARGETS.c.confirmed_at))
        .where(_TARGETS.c.operator_id == uow.operator_id, _TARGETS.c.order_id.in_(select(latest.c.id)))
        .group_by(_TARGETS.c.name, _TARGETS.c.state)
    )
    found: dict[str, PlaceResults] = {}
    for name, state, orders, at in rows:
        before = found.get(name, PlaceResults({}, None))
        found[name] = PlaceResults({**before.states, state: orders}, at or before.confirmed_at)
    return found
