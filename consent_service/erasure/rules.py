"""What is counted as erased, and when a target is asked again.  Pure.

A target counts by "table: action" or by table; what we see ourselves, by looking before and after, is by table.
"""

from collections.abc import Mapping
from datetime import timedelta

Counts = Mapping[str, int]
FIRST_PAUSE = timedelta(minutes=5)
LONGEST_PAUSE = timedelta(hours=6)
LONGEST_WAIT = timedelta(hours=1)


def pause(attempts: int, longest: timedelta) -> timedelta:
    """Return how long to wait after a number of tries: twice as long each time, up to a limit."""
    return min(FIRST_PAUSE * int(2 ** min(attempts - 1, 20)), longest)


def missing(before: Counts, now: Counts) -> dict[str, int]:
    """Return how many rows of each table were there and are not any more.

    >>> missing({"orders": 3, "letters": 1}, {"orders": 1, "letters": 1, "calls": 2})
    {'orders': 2}
    """
    gone = {table: rows - now.get(table, 0) for table, rows in before.items()}
    return {table: rows for table, rows in gone.items() if rows > 0}


def added(counts: Counts, more: Counts) -> dict[str, int]:
    """Return the sums of two counts; what counts zero stays named."""
    return {name: counts.get(name, 0) + more.get(name, 0) for name in {**counts, **more}}


def less(before: Counts, reported: Counts) -> dict[str, int]:
    """Return what is still there by a report of what is gone."""
    return {table: max(0, rows - _told(table, reported)) for table, rows in before.items()}


def not_told_again(lost: Counts, reported: Counts, before: Counts) -> dict[str, int]:
    """Return what tries without an answer took away, less what a target reports of it now.

    Who reports more rows of a table than were there just before reports an earlier try as well.

    >>> not_told_again({"orders": 3}, {"orders: delete": 3}, {"orders": 0})
    {}
    >>> not_told_again({"orders": 2}, {"orders: delete": 1}, {"orders": 1})
    {'orders': 2}
    """
    left = {table: rows - max(0, _told(table, reported) - before.get(table, 0)) for table, rows in lost.items()}
    return {table: rows for table, rows in left.items() if rows > 0}


def in_all(erased: Counts, lost: Counts) -> dict[str, int]:
    """Return what is gone by all tries: what was reported, and what was taken away without a report.

    >>> in_all({"orders: delete": 1}, {"orders": 2, "letters": 1})
    {'orders: delete': 3, 'letters': 1}
    """
    counts = dict(erased)
    for table, rows in lost.items():
        keys = _keys_of(table, erased)
        key = keys[0] if len(keys) == 1 else table
        counts[key] = counts.get(key, 0) + rows
    return counts


def needs_approval(people: int, over: int) -> bool:
    """Say whether a second person must approve an erasure of so many people; ``over`` zero stands for always."""
    return people > over


def _keys_of(table: str, counts: Counts) -> list[str]:
    return [key for key in counts if key == table or key.startswith(f"{table}: ")]


def _told(table: str, reported: Counts) -> int:
    return sum(reported[key] for key in _keys_of(table, reported))
