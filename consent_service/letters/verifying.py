"""Letters against the events that numbered them and said what became of them."""

from collections.abc import Sequence
from typing import Any

from consent_service.kernel.db import table_of
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.records import Covered, Fixed, Record, becomes
from consent_service.letters.states import LetterState
from consent_service.letters.tables import Letter


def _said(facts: Fixed) -> Fixed:
    return {name: facts[name] for name in ("number", "kind", "case")} | {"state": str(LetterState.WRITTEN), "by": []}


def _sent(said: Fixed, facts: Fixed) -> Fixed:
    return said | {"state": str(LetterState.SENT), "by": facts["by"]}


def _records(_uow: UnitOfWork, rows: Sequence[Any]) -> list[Record]:  # Any: rows of letters
    return [
        Record(
            row.id,
            [row.id],
            {
                "number": f"{row.year}/{row.number}",
                "kind": str(row.kind),
                "case": f"{row.case_kind}:{row.case_id}",
                "state": str(row.state),
                "by": sorted(row.proof or {}),
            },
        )
        for row in rows
    ]


LETTERS = Covered(
    "letter",
    table_of(Letter),
    EventType.LETTER_WRITTEN,
    "letter",
    _records,
    _said,
    amended={
        EventType.LETTER_SENT: _sent,
        EventType.LETTER_RETURNED: becomes(state=str(LetterState.RETURNED)),
    },
    destroyed=(EventType.LETTERS_DESTROYED, "letters"),
)
