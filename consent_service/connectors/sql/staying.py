"""Counts the rows of people that stay whole, and says on which ground: they are no rows that had to go."""

from collections import Counter
from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from consent_service.connectors.description import SqlDescription, Table
from consent_service.connectors.sql.plan import Plan
from consent_service.connectors.sql.selecting import Found, select_rows
from consent_service.connectors.states import Rows
from consent_service.erasure.targets import Kept, Whom


def staying_rows(
    connection: sa.Connection, plan: Plan, whoms: Sequence[Whom], found: Mapping[str, Found]
) -> list[dict[str, int]]:
    """Count, for each person, the rows of tables that are not emptied; what is ``found`` is not looked for again.

    It is asked before anything is changed: some of them are reached through rows that go.
    """
    rows = select_rows(connection, plan.tables, whoms, known=found)
    counts: list[dict[str, int]] = [{} for _ in whoms]
    for table in plan.tables:
        if table.described.rows is not Rows.DELETE:
            for place, count in Counter(rows[table.name].owners.values()).items():
                counts[place][table.name] = count
    return counts


def kept_of(description: SqlDescription, staying: Mapping[str, int], gone: Mapping[str, int]) -> dict[str, Kept]:
    """Return what stays whole by the description: rows that are kept, and those in which nothing had to change."""
    return {
        table.name: Kept(staying[table.name], basis_of(table))
        for table in description.tables
        if table.name in staying and (table.rows is Rows.KEEP or not gone.get(table.action))
    }


def basis_of(table: Table) -> str | None:
    """Return the ground on which rows of a table stay, or the columns that do."""
    if table.basis is not None:
        return table.basis
    return "; ".join(sorted({column.basis for column in table.columns if column.basis})) or None
