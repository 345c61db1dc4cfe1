"""Tables to compute with: CSV that a spreadsheet opens in its letters and computes nothing of."""

import csv
import io
from collections.abc import Iterable, Sequence

BYTE_ORDER_MARK = "\ufeff"  # by which spreadsheets know the letters
_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would compute


def csv_lines(rows: Iterable[Sequence[str]]) -> str:
    """Write rows as CSV; what a spreadsheet would compute is written as text.

    >>> csv_lines([["=1+1", "a b"]]).strip()
    "'=1+1,a b"
    """
    paper = io.StringIO()
    csv.writer(paper).writerows([_harmless(cell) for cell in row] for row in rows)
    return paper.getvalue()


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
