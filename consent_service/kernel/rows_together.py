"""Rows of several tables that are written together: few by one statement, many by COPY, where the database can."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import orjson
from sqlalchemy import Insert, Table, insert
from sqlalchemy.orm import Session

from consent_service.kernel.db import insert_many

Row = Mapping[str, Any]  # Any: column values
MOST_IN_ONE_STATEMENT = 500  # rows; from there on COPY is quicker, though it takes a round trip for each table


@dataclass(slots=True)
class RowsTogether:
    """New rows by table, the rows of each with the same columns; none may be there already."""

    _rows: dict[Table, list[Row]] = field(default_factory=dict)

    def add(self, table: Table, rows: Sequence[Row]) -> None:
        """Add rows of a table; tables are written in the order in which they came."""
        if rows:
            self._rows.setdefault(table, []).extend(rows)

    def write(self, session: Session) -> None:
        """Write the rows, in the transaction of the session."""
        rows, self._rows = self._rows, {}
        if session.get_bind().dialect.name != "postgresql":
            for table, of_table in rows.items():
                session.execute(_plain(table), of_table)
        elif sum(map(len, rows.values())) > MOST_IN_ONE_STATEMENT:
            for table, of_table in rows.items():
                insert_many(session, table, of_table)
        elif rows:
            statement = _together(tuple((table, tuple(of_table[0])) for table, of_table in rows.items()))
            values = {table.name: orjson.dumps(of_table, _hex).decode() for table, of_table in rows.items()}
            session.connection().exec_driver_sql(statement, values)


@cache
def _plain(table: Table) -> Insert:
    return insert(table)


@cache
def _together(columns: tuple[tuple[Table, tuple[str, ...]], ...]) -> str:
    """Return the statement for some columns of some tables; foreign keys are looked at when it ends."""
    parts = [
        f"{table.name}_written AS (INSERT INTO {table.name} ({', '.join(names)}) SELECT {', '.join(names)} "  # noqa: S608 - our own names
        f"FROM json_populate_recordset(NULL::{table.name}, %({table.name})s::json))"
        for table, names in columns
    ]
    return f"WITH {', '.join(parts)} SELECT 1"


def _hex(value: Any) -> str:  # Any: what JSON has no word for
    if isinstance(value, bytes):
        return "\\x" + value.hex()
    raise TypeError(value.__class__)
