"""How many rows alike hide each depersonalised row: k, counted after the change and before it is committed.

Alike are rows that equal it in every column that is left, and that have lost their names as it has: a row that still
bears a name hides nobody.  Rows of the same person count once.
"""

from collections import Counter
from collections.abc import Iterator, Mapping

import sqlalchemy as sa

from consent_service.connectors.refusals import StandsOutError
from consent_service.connectors.sql.plan import Key, Plan, PlannedTable
from consent_service.connectors.sql.selecting import Found, chunks
from consent_service.connectors.states import Rows


def check_k(connection: sa.Connection, plan: Plan, found: Mapping[str, Found], least: int | None) -> dict[str, int]:
    """Return k by table, for the tables of which rows were depersonalised and columns are left.

    Raises:
        StandsOutError: It is below what the operator accepts.
    """
    smallest = {}
    for table in plan.changed:
        if table.described.rows is not Rows.DEPERSONALISE or not found[table.name].owners or not _left(table):
            continue
        k = min(_sizes(connection, table, found[table.name].owners))
        if least is None or k < least:
            raise StandsOutError(
                f"{table.name}: Only {k} rows would be alike in {', '.join(_left(table))}; the description wants "
                f"{least}. Nothing was changed: generalise further, clear more columns, or delete these rows."
            )
        smallest[table.name] = k
    return smallest


def _sizes(connection: sa.Connection, table: PlannedTable, owners: Mapping[Key, int]) -> Iterator[int]:
    names = _left(table)
    of_key = len(table.key)
    classes: dict[Key, Counter[int]] = {}
    for part in chunks(list(owners)):
        query = sa.select(*table.columns(table.key), *table.columns(names)).where(table.among(table.key, part))
        for row in connection.execute(query):
            values = tuple(row)
            classes.setdefault(values[of_key:], Counter())[owners[values[:of_key]]] += 1
    for values, people in classes.items():
        wanted = dict(zip(names, values, strict=True))
        wanted |= {column.name: table.fixed.get(column.name) for column in table.described.columns if column.clears}
        alike = sa.and_(
            *(
                table.live.c[name].is_(None) if value is None else table.live.c[name] == value
                for name, value in wanted.items()
            )
        )
        count = connection.scalar(sa.select(sa.func.count()).select_from(table.live).where(alike)) or 0
        yield count - max(people.values()) + 1


def _left(table: PlannedTable) -> list[str]:
    """Return the columns that are left with a value, without those that only number or join rows."""
    return [column.name for column in table.described.columns if not column.clears]
