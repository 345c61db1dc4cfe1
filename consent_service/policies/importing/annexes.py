"""Annexes: their heading and introduction, tables set as one cell a line, notes."""

import re
from collections.abc import Sequence

from consent_service.policies.clauses import Clause

_ANNEX = re.compile(
    r"\s*(?:№\s*(?P<a>\d{1,2})\s*(?:қосымша|приложение|annex)"
    r"|(?:қосымша|приложение|annex|appendix)\s*№?\s*(?P<b>\d{1,2}))\s*\.?\s*",
    re.IGNORECASE,
)
LONGEST_CELL = 45
SMALLEST_TABLE = 4


def annex_number(line: str) -> int | None:
    """Return the number of the annex that a line opens; None where it opens none.

    >>> annex_number("№1 қосымша"), annex_number("Қосымша 1"), annex_number("Қосымша 1-де көрсетілген")
    (1, 1, None)
    """
    match = _ANNEX.fullmatch(line)
    return int(match["a"] or match["b"]) if match else None


def annex_tokens(number: int, lines: Sequence[str]) -> list[Clause]:
    """Turn the lines of an annex into clauses: the heading with its introduction, table rows, notes."""
    words = [line.strip() for line in lines if line.strip()]
    first = next((n for n in range(len(words)) if _cells(words, n) >= SMALLEST_TABLE), len(words))
    size = _cells(words, first)
    token = f"annex-{number}"
    clauses = [Clause(token, " ".join(words[:first]), is_heading=True)]
    items = [*_rows(words[first : first + size]), *words[first + size :]]
    return clauses + [Clause(f"{token}[{place}]", item) for place, item in enumerate(items, start=1)]


def _cells(words: Sequence[str], start: int) -> int:
    """Count the short lines in a row from ``start``: the cells of a table."""
    size = 0
    while start + size < len(words) and _is_cell(words[start + size]):
        size += 1
    return size


def _is_cell(text: str) -> bool:
    return len(text) <= LONGEST_CELL and not text.endswith((".", ":", ";")) and not text.startswith("* ")


def _rows(cells: Sequence[str]) -> list[str]:
    """Join cells to rows: the columns are told by the equal cells of the last row; the first row takes the rest."""
    equal = 1
    while equal < len(cells) and cells[-1 - equal] == cells[-1]:
        equal += 1
    if equal == 1:
        return list(cells)
    width = equal + 1
    head = len(cells) % width or width
    starts = [0, *range(head, len(cells), width)]
    ends = [*starts[1:], len(cells)]
    return [" | ".join(cells[start:end]) for start, end in zip(starts, ends, strict=True)]
