"""The act of destruction of a whole operator as data: per table what was destroyed, what stays."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from consent_service.erasure.act import HERE, answerable, heading
from consent_service.erasure.states import Ground
from consent_service.kernel.db import write_instant
from consent_service.operators.queries import OperatorName
from consent_service.termination.contents import BY_THE_ROAD, EMPTIED, KEPT, OF_ACCOUNTS, ROLES, WORDS
from consent_service.termination.queries import EndingView

PROFILE = "kelisim-operator-destruction-act/1"
PEOPLE, STAFF, SEALED_WORDS = "people", "staff", "words"
Json = dict[str, Any]  # Any: JSON values


def build_whole_act(
    number: str, issued_at: datetime, operator: OperatorName, ending: EndingView, erased: Mapping[str, int]
) -> Json:
    """Build the act, when everything was read back and nothing was left."""
    return {
        **heading(number, issued_at, operator, Ground.RELATION_ENDED),
        "schema_version": PROFILE,
        "ending": {
            "id": str(ending.id),
            "because": str(ending.because),
            "without_export": ending.without_export and str(ending.without_export),
            "ordered_at": write_instant(ending.ordered_at),
            "begun_at": write_instant(ending.begun_at or issued_at),
        },
        "people": erased.get("subjects", 0),
        "method": HERE,
        "tables": [
            {"heading": name, "table": table, "erased": erased.get(table, 0), "left": 0}
            for name, tables in headings().items()
            for table in tables
        ],
        "kept": [{"why": why, "tables": list(tables)} for why, tables in KEPT.items()],
        "responsible": answerable([], ending.ordered_by, ending.decided_by),
    }


def headings() -> Mapping[str, tuple[str, ...]]:
    """Return the tables that an act names, by heading."""
    of_accounts = tuple(name for name in OF_ACCOUNTS if not any(name in tables for tables in EMPTIED.values()))
    return {
        PEOPLE: BY_THE_ROAD,
        **{name: tuple(tables) for name, tables in EMPTIED.items()},
        STAFF: (ROLES, *of_accounts),
        SEALED_WORDS: tuple(f"{table}.{column}" for table, column in WORDS),
    }
