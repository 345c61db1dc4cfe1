"""Standings against the events that moved them: where nothing is recorded, a person stands where it began."""

from collections.abc import Sequence
from typing import Any

from consent_service.kernel.db import table_of
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.records import Covered, Fixed, Record
from consent_service.policies.queries import version_by_id
from consent_service.standings.states import StandingState
from consent_service.standings.tables import Standing

_STANDINGS = table_of(Standing)
_BEGINNINGS = frozenset({StandingState.WAITING, StandingState.TO_NOTIFY})


def _changed(said: Fixed, facts: Fixed) -> Fixed:
    moved = {f"{facts['document']} {facts['version']}": [facts["state"], facts.get("how"), facts.get("act")]}
    return {"states": said["states"] | moved}


def _first(facts: Fixed) -> Fixed:
    return _changed({"states": {}}, facts)


def _records(uow: UnitOfWork, rows: Sequence[Any]) -> list[Record]:  # Any: rows of standings
    states: dict[Any, dict[str, object]] = {}
    for row in rows:
        version = version_by_id(uow, row.version_id)
        told = [str(row.state), None if row.how is None else str(row.how), row.act]
        states.setdefault(row.subject_id, {})[f"{version.name} {version.version}"] = told
    return [Record(one, [one], {"states": of_one}) for one, of_one in states.items()]


STANDINGS = Covered(
    "standings of",
    _STANDINGS,
    EventType.STANDING_CHANGED,
    None,
    _records,
    _first,
    _STANDINGS.c.state.not_in(_BEGINNINGS),
    amended={EventType.STANDING_CHANGED: _changed},
    id_column="subject_id",
)
