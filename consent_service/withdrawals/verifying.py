"""Withdrawals against the events that received them.

The days of a withdrawal may be put right later, each time on record, so they are not compared.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import true

from consent_service.kernel.db import table_of
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.records import Covered, Fixed, Record
from consent_service.policies.queries import version_by_id
from consent_service.withdrawals.tables import Withdrawal


def _said(facts: Fixed) -> Fixed:
    return {name: facts.get(name) for name in ("matter", "document", "parts", "channel")}


def _records(uow: UnitOfWork, rows: Sequence[Any]) -> list[Record]:  # Any: rows of withdrawals
    return [
        Record(
            row.id,
            row.subject_id,
            {
                "matter": str(row.matter),
                "document": version_by_id(uow, row.version_id).name,
                "parts": row.parts,
                "channel": str(row.channel),
            },
        )
        for row in rows
    ]


WITHDRAWALS = Covered(
    "withdrawal", table_of(Withdrawal), EventType.WITHDRAWAL_RECEIVED, "withdrawal", _records, _said, true()
)
