"""Counting that ends: of a big table only as many rows are looked at as anybody would still tell apart."""

from typing import Any

from sqlalchemy import ScalarSelect, Select, func, select

MOST = 1000  # whoever has this many of something is shown that there are more


def up_to(rows: Select[Any], most: int = MOST) -> ScalarSelect[int]:  # Any: whatever is selected of each row
    """Return the number of rows, or ``most`` where there are more, as part of another statement."""
    return select(func.count()).select_from(rows.limit(most).subquery()).scalar_subquery()
