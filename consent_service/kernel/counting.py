"""Counting that ends: of a big table only as many rows are looked at as anybody would still tell apart."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, ScalarSelect, Select, func, select

T = TypeVar("T", date, datetime)
MOST = 1000  # whoever has this many of something is shown that there are more


def up_to(rows: Select[Any], most: int = MOST) -> ScalarSelect[int]:  # Any: whatever is selected of each row
    """Return the number of rows, or ``most`` where there are more, as part of another statement."""
    return select(func.count()).select_from(rows.limit(most).subquery()).scalar_subquery()


def written(number: int) -> str:
    """Return a number that was counted up to ``MOST`` as it is shown.

    >>> written(12), written(MOST)
    ('12', '999+')
    """
    return f"{MOST - 1}+" if number >= MOST else str(number)


def in_spans(
    rows: Select[Any],  # Any: whatever is selected of each row
    column: ColumnElement[T],
    spans: Sequence[tuple[T, T]],
) -> list[ScalarSelect[int]]:
    """Return of each span of a column, its end left out, the number of rows, as parts of another statement.

    Each is a walk along one stretch of an index that begins as the condition of the rows does and goes on with the
    column.
    """
    return [
        select(func.count()).select_from(rows.where(column >= start, column < end).subquery()).scalar_subquery()
        for start, end in spans
    ]
