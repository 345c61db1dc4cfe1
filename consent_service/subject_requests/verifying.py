"""Requests against the events that received, identified and decided them."""

from collections.abc import Sequence
from typing import Any

from consent_service.kernel.db import table_of
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.records import Covered, Fixed, Record, becomes
from consent_service.ledger.service import instant
from consent_service.subject_requests.states import RequestState, Violation
from consent_service.subject_requests.tables import SubjectRequest

_SAID = ("type", "channel", "received_at", "linked_to", "state", "identity")


def _said(facts: Fixed) -> Fixed:
    fresh = {"violation": None, "reference": None}
    return {name: facts[name] for name in _SAID if name in facts} | fresh


def _asked_who(said: Fixed, _facts: Fixed) -> Fixed:
    """A code was sent; what came of it is said elsewhere."""
    if said.get("state") != RequestState.RECEIVED:
        return said
    return said | {"state": str(RequestState.IDENTIFYING)}


def _identified(said: Fixed, facts: Fixed) -> Fixed:
    return said | {"state": str(RequestState.IN_PROGRESS), "identity": facts["method"]}


def _refused(said: Fixed, facts: Fixed) -> Fixed:
    return said | {"state": str(RequestState.REFUSED), "reference": facts["reference"]}


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _records(_uow: UnitOfWork, rows: Sequence[Any]) -> list[Record]:  # Any: rows of requests
    return [
        Record(
            row.id,
            [row.subject_id, row.id],
            {
                "type": str(row.type),
                "channel": str(row.channel),
                "received_at": instant(row.received_at),
                "linked_to": _text(row.linked_to),
                "state": str(row.state),
                "identity": _text(row.identity),
                "violation": _text(row.violation),
                "reference": row.reference,
            },
        )
        for row in rows
    ]


REQUESTS = Covered(
    "request",
    table_of(SubjectRequest),
    EventType.REQUEST_RECEIVED,
    "request",
    _records,
    _said,
    amended={
        EventType.IDENTITY_CODE_SENT: _asked_who,
        EventType.REQUEST_IDENTIFIED: _identified,
        EventType.VIOLATION_CONFIRMED: becomes(violation=str(Violation.CONFIRMED)),
        EventType.DATA_UNBLOCKED: becomes(violation=str(Violation.NOT_CONFIRMED)),
        EventType.REQUEST_ANSWERED: becomes(state=str(RequestState.ANSWERED)),
        EventType.REQUEST_REFUSED: _refused,
        EventType.REQUEST_CLOSED: becomes(state=str(RequestState.CLOSED)),
    },
)
