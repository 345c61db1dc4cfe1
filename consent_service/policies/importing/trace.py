"""What the parts of the importer hand to each other: clauses found, and notes on what was unusual."""

from dataclasses import dataclass, field
from datetime import date

from consent_service.policies.clauses import Clause


@dataclass(frozen=True, slots=True)
class Note:
    """Something a reader should know: a code, the clause it is about, and the words concerned."""

    code: str
    clause: str | None
    detail: str


@dataclass(slots=True)
class Numbered:
    """The clauses of a document in their printed order."""

    clauses: list[Clause] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    printed_on: date | None = None
