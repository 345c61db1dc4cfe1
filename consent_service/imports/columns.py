"""The columns of a CSV file: named as the fields of ``POST /consents``, with a point between steps.

``choices.PURPOSE`` is a column for each purpose; an empty cell is a question that was not asked.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from consent_service.kernel.errors import InvalidInputError, shown

DELIMITERS = ",;\t"
_FIELDS = {
    "document",
    "version",
    "language",
    "channel",
    "given_at",
    "act",
    "subject.ref",
    "subject.identifiers.email",
    "subject.identifiers.phone",
    "subject.identifiers.iin",
    "subject.identifiers.full_name",
    "representative.name",
    "representative.role",
    "representative.basis",
}
_OPEN = ("choices.", "evidence.", "declarations.")  # what follows is a name of the operator's or the document's own
_FLAGS = ("choices.", "declarations.")
_NEEDED = {"document", "subject.ref", "language", "channel", "given_at"}
_TRUTH = {"true": True, "false": False, "1": True, "0": False}


@dataclass(frozen=True, slots=True)
class Columns:
    """The names in the head of a file, in order."""

    names: Sequence[str]

    def content(self, cells: Sequence[str]) -> dict[str, Any]:  # Any: a JSON value
        """Return what a row says, in the form of ``POST /consents``."""
        found: dict[str, Any] = {}  # Any: as above
        for name, cell in zip(self.names, cells, strict=True):
            if not cell:
                continue
            value = _TRUTH.get(cell.lower(), cell) if name.startswith(_FLAGS) else cell
            if name.startswith("choices."):
                choice = {"purpose": name.removeprefix("choices."), "granted": value}
                found.setdefault("choices", []).append(choice)
                continue
            *steps, last = name.split(".", 1) if name.startswith(_OPEN) else name.split(".")
            place = found
            for step in steps:
                place = place.setdefault(step, {})
            place[last] = value
        return found


def columns_of(head: Sequence[str]) -> Columns:
    """Read the head of a file.

    Raises:
        InvalidInputError: A column is not known, is there twice, or is missing.
    """
    names = [name.strip() for name in head]
    unknown = [shown(name) for name in names if not (name in _FIELDS or _is_open(name))]
    missing = sorted(_NEEDED - set(names))
    if not any(name.startswith("choices.") for name in names):
        missing.append("choices.PURPOSE for each purpose")
    if unknown:
        raise InvalidInputError(f"The first line has columns that are not known: {', '.join(unknown)}.")
    if missing:
        raise InvalidInputError(f"The first line must name the columns; these are missing: {', '.join(missing)}.")
    if len(set(names)) < len(names):
        raise InvalidInputError("The first line names a column twice.")
    return Columns(names)


def _is_open(name: str) -> bool:
    return any(name.startswith(begin) and len(name) > len(begin) for begin in _OPEN)
