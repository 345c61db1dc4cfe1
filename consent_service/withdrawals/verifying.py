"""Withdrawals against the events that received them and moved them.

The days of a withdrawal may be put right later, each time on record.  Erasing is a step of being effective.
"""

from collections.abc import Sequence
from typing import Any

from consent_service.kernel.db import table_of
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.records import Covered, Fixed, Record, becomes
from consent_service.ledger.service import instant
from consent_service.policies.queries import version_by_id
from consent_service.withdrawals.states import WithdrawalState
from consent_service.withdrawals.tables import Withdrawal

_SAID = ("matter", "document", "parts", "channel")
_DATED = ("received_at", "effective_on", "effective_at")
_TOLD_APART = {WithdrawalState.ERASING: WithdrawalState.EFFECTIVE}


def _said(facts: Fixed) -> Fixed:
    return (
        {name: facts.get(name) for name in _SAID}
        | _dated(facts)
        | {"state": str(WithdrawalState.SCHEDULED), "bar": None}
    )


def _dated(facts: Fixed) -> Fixed:
    return {name: facts[name] for name in _DATED} if all(name in facts for name in _DATED) else {}


def _corrected(said: Fixed, facts: Fixed) -> Fixed:
    return {name: value for name, value in said.items() if name not in _DATED} | _dated(facts)


def _resumed(said: Fixed, facts: Fixed) -> Fixed:
    """The bar fell away: it ends later than was said, or on its day."""
    rest = {name: value for name, value in said.items() if name not in {"effective_on", "effective_at"}}
    known = {name: facts[name] for name in ("effective_on", "effective_at") if name in facts}
    return rest | known | {"state": str(WithdrawalState.SCHEDULED)}


def _refused(said: Fixed, facts: Fixed) -> Fixed:
    """A refusal of some purposes lets the rest go on."""
    said = said | {"bar": facts["bar"]}
    return said if "purposes" in facts else said | {"state": str(WithdrawalState.REFUSED)}


def _records(uow: UnitOfWork, rows: Sequence[Any]) -> list[Record]:  # Any: rows of withdrawals
    return [
        Record(
            row.id,
            [row.subject_id, row.id],
            {
                "matter": str(row.matter),
                "document": version_by_id(uow, row.version_id).name,
                "parts": row.parts,
                "channel": str(row.channel),
                "state": str(_TOLD_APART.get(row.state, row.state)),
                "received_at": instant(row.received_at),
                "effective_on": row.effective_on.isoformat(),
                "effective_at": instant(row.effective_at),
                "bar": None if row.bar is None else str(row.bar),
            },
        )
        for row in rows
    ]


WITHDRAWALS = Covered(
    "withdrawal",
    table_of(Withdrawal),
    EventType.WITHDRAWAL_RECEIVED,
    "withdrawal",
    _records,
    _said,
    amended={
        EventType.WITHDRAWAL_CORRECTED: _corrected,
        EventType.WITHDRAWAL_EFFECTIVE: becomes(state=str(WithdrawalState.EFFECTIVE)),
        EventType.WITHDRAWAL_REFUSED: _refused,
        EventType.WITHDRAWAL_RESUMED: _resumed,
        EventType.WITHDRAWAL_CANCELLED: becomes(state=str(WithdrawalState.CANCELLED)),
        EventType.WITHDRAWAL_CLOSED: becomes(state=str(WithdrawalState.CLOSED)),
    },
)
