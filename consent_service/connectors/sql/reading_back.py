"""Looks, in a transaction of its own, whether anything of people is left: by their names and by the keys of rows."""

from collections import Counter
from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from consent_service.connectors.sql.changing import pending
from consent_service.connectors.sql.plan import Key, Plan, PlannedTable
from consent_service.connectors.sql.selecting import Found, chunks, select_rows
from consent_service.connectors.states import Rows
from consent_service.erasure.targets import Whom


def left_of(
    connection: sa.Connection, plan: Plan, whoms: Sequence[Whom], before: Mapping[str, Found], secret: bytes
) -> dict[int, Counter[str]]:
    """Count what is left of each person by table; ``before``: the rows that were found and erased."""
    now = select_rows(connection, plan.erasable, whoms)
    left: dict[int, Counter[str]] = {}
    for table in plan.erasable:
        if not table.described.goes:
            continue
        owners = {**before[table.name].owners, **now[table.name].owners}
        for key in _not_gone(connection, table, list(owners), secret):
            left.setdefault(owners[key], Counter())[table.name] += 1
    return left


def _not_gone(connection: sa.Connection, table: PlannedTable, keys: Sequence[Key], secret: bytes) -> list[Key]:
    if table.described.rows is not Rows.DELETE:
        return list(pending(connection, table, keys, secret))
    there: list[Key] = []
    for part in chunks(keys):
        query = sa.select(*table.columns(table.key)).where(table.among(table.key, part))
        there += [tuple(row) for row in connection.execute(query)]
    return there
