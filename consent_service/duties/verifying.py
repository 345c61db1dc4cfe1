"""The days of duties against the events that dated them: by person, or by case where there is none."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from consent_service.duties.tables import Duty
from consent_service.kernel.db import table_of
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.records import Covered, Fixed, Record


def _owed(facts: Fixed) -> Fixed:
    return _more({"days": {}}, facts)


def _more(said: Fixed, facts: Fixed) -> Fixed:
    return {"days": said["days"] | {duty: one["due_on"] for duty, one in facts["duties"].items()}}


def _moved(said: Fixed, facts: Fixed) -> Fixed:
    return {"days": said["days"] | facts["days"]}


def _records(_uow: UnitOfWork, rows: Sequence[Any]) -> list[Record]:  # Any: rows of duties
    days: defaultdict[UUID, dict[str, str]] = defaultdict(dict)
    streams = {}
    for row in rows:
        streams[row.case_id] = list(dict.fromkeys([row.subject_id or row.case_id, row.case_id]))
        days[row.case_id][str(row.id)] = row.due_on.isoformat()
    return [
        Record(case_id, list(dict.fromkeys(streams[case_id])), {"days": of_one}) for case_id, of_one in days.items()
    ]


DUTIES = Covered(
    "duties of case",
    table_of(Duty),
    EventType.DUTIES_OWED,
    "case",
    _records,
    _owed,
    amended={EventType.DUTIES_OWED: _more, EventType.DUTIES_REDATED: _moved},
    id_column="case_id",
)
