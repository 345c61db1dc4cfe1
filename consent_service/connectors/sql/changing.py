"""Deletes and changes the rows that were found, by their keys: what refers to a row first, then the row.

What is done is counted by the rows that the database says were changed, for each person.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import sqlalchemy as sa

from consent_service.connectors.refusals import RowsRefusedError
from consent_service.connectors.rules import becomes
from consent_service.connectors.sql.columns import comparable
from consent_service.connectors.sql.plan import Key, Plan, PlannedTable, Unlinked
from consent_service.connectors.sql.selecting import CHUNK, Found, chunks
from consent_service.connectors.states import Rows

Counts = dict[int, Mapping[str, int]]  # by person, by "table: action"
Step = Callable[[sa.Connection], Counts]
Changes = dict[Key, Key]  # the new values of the changed columns, by the key of the row


def steps(plan: Plan, found: Mapping[str, Found], key: bytes, size: int = CHUNK) -> Iterator[Step]:
    """Yield what is to be done in its order; each step touches at most ``size`` rows."""
    for one in plan.unlinked:
        for part in chunks(list(found[one.join.to].values(one.join.keys)), size):
            yield partial(_unlink, one, found, part)
    for table in plan.changed:
        for part in chunks(list(found[table.name].owners), size):
            yield partial(_change, table, found[table.name].owners, part, key)
    for table in plan.deleted:
        for part in chunks(list(found[table.name].owners), size):
            yield partial(_delete, table, found[table.name].owners, part)


def pending(connection: sa.Connection, table: PlannedTable, keys: Sequence[Key], secret: bytes) -> Changes:
    """Return the rows that are not yet as they are to become, with what they become."""
    changes = table.described.changes
    of_key = len(table.key)
    found = {}
    for part in chunks(keys):
        query = sa.select(*table.columns(table.key), *table.columns([column.name for column in changes]))
        for row in connection.execute(query.where(table.among(table.key, part))):
            old = tuple(row)[of_key:]
            new = tuple(
                becomes(column, value, table.fixed.get(column.name), secret)
                for column, value in zip(changes, old, strict=True)
            )
            if tuple(map(comparable, new)) != tuple(map(comparable, old)):
                found[tuple(row)[:of_key]] = new
    return found


def linked(
    connection: sa.Connection, one: Unlinked, found: Mapping[str, Found], part: Sequence[Key]
) -> tuple[dict[Key, int], dict[Key, int]]:
    """Return the rows that refer to rows of people: those that stay, and those that are deleted themselves."""
    table, owner_of = one.table, found[one.join.to].values(one.join.keys)
    goes = found[table.name].owners if table.described.rows is Rows.DELETE and table.name in found else {}
    query = sa.select(*table.columns(table.key), *table.columns(one.join.columns))
    stay: dict[Key, int] = {}
    go: dict[Key, int] = {}
    for row in connection.execute(query.where(table.among(one.join.columns, part))):
        key, value = tuple(row)[: len(table.key)], tuple(map(comparable, tuple(row)[len(table.key) :]))
        if value in owner_of:
            (go if key in goes else stay)[key] = owner_of[value]
    return stay, go


def _unlink(one: Unlinked, found: Mapping[str, Found], part: Sequence[Key], connection: sa.Connection) -> Counts:
    # Rows that are deleted themselves are unlinked too, for what refers to them in a circle, and counted as deleted.
    stay, go = linked(connection, one, found, part)
    table = one.table
    for keys in chunks([*stay, *go]):
        update = table.live.update().where(table.among(table.key, keys)).values({one.column: None})
        _expect(table, connection.execute(update), len(keys))
    return _counted(stay, f"{table.name}: unlink")


def _change(
    table: PlannedTable, owners: Mapping[Key, int], part: Sequence[Key], secret: bytes, connection: sa.Connection
) -> Counts:
    changes = pending(connection, table, part, secret)
    alike: dict[Key, list[Key]] = {}
    for key, new in changes.items():
        alike.setdefault(new, []).append(key)
    names = [column.name for column in table.described.changes]
    for new, keys in alike.items():
        update = table.live.update().where(table.among(table.key, keys)).values(dict(zip(names, new, strict=True)))
        _expect(table, connection.execute(update), len(keys))
    return _counted({key: owners[key] for key in changes}, table.described.action)


def _delete(table: PlannedTable, owners: Mapping[Key, int], part: Sequence[Key], connection: sa.Connection) -> Counts:
    _expect(table, connection.execute(table.live.delete().where(table.among(table.key, part))), len(part))
    return _counted({key: owners[key] for key in part}, table.described.action)


def _expect(table: PlannedTable, result: sa.CursorResult[Any], count: int) -> None:  # Any: whatever it returns
    if result.rowcount != count:
        raise RowsRefusedError(f"{table.name}: Rows were changed by somebody else meanwhile. It is tried again.")


def _counted(owners: Mapping[Key, int], action: str) -> Counts:
    return {owner: {action: count} for owner, count in Counter(owners.values()).items()}
