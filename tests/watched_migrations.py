"""Looks at each statement of a migration on PostgreSQL: what does it do while it keeps others out of a table?

It may not read the table through, nor change its rows, nor keep others out of a second one.
"""

from collections.abc import Collection
from typing import Any

from sqlalchemy import Engine, event

# Whoever holds one of these on a table keeps others from writing to it, or from reading it.
STRONG = "'ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock'"
ALL = "'ExclusiveLock', 'AccessExclusiveLock'"  # of these even readers wait, or those who lock a row
LOCKED = (
    f"SELECT c.relname, bool_or(l.mode IN ({ALL})) FROM pg_locks l JOIN pg_class c ON c.oid = l.relation "
    f"WHERE l.pid = pg_backend_pid() AND l.granted AND l.mode IN ({STRONG}) GROUP BY 1"
)
READ = "SELECT relname, seq_scan + n_tup_upd + n_tup_del FROM pg_stat_xact_user_tables"
TABLES = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"


# It asks unprepared: a prepared statement keeps what it saw, for which an index that is built would wait.


class Watch:
    """What was found, as the table and the statement; only tables that were there at the beginning are looked at."""

    def __init__(self, engine: Engine, small: Collection[str] = ()) -> None:
        self.found: list[tuple[str, str]] = []
        self._before: dict[str, int] = {}
        with engine.connect() as connection:
            self._there = {name for (name,) in connection.exec_driver_sql(TABLES)} - {*small}
        event.listen(engine, "before_cursor_execute", self._count)
        event.listen(engine, "after_cursor_execute", self._look)
        self._engine = engine

    def end(self) -> None:
        """Look no longer."""
        event.remove(self._engine, "before_cursor_execute", self._count)
        event.remove(self._engine, "after_cursor_execute", self._look)

    def _count(self, _connection: object, cursor: Any, *_rest: object) -> None:  # Any: of the driver
        self._before = self._counted(cursor.connection)

    @staticmethod
    def _counted(connection: Any) -> dict[str, int]:  # Any: as above
        with connection.cursor() as look:
            return dict(look.execute(READ, prepare=False).fetchall())

    def _look(self, _connection: object, cursor: Any, statement: str, *_rest: object) -> None:  # Any: as above
        with cursor.connection.cursor() as look:
            locked = {name: wholly for name, wholly in look.execute(LOCKED, prepare=False) if name in self._there}
        read = self._counted(cursor.connection)
        for table in sorted(locked):
            if read.get(table, 0) > self._before.get(table, 0):
                self.found.append((table, statement))
        if sum(locked.values()) > 1:
            self.found.append((" and ".join(sorted(locked)), statement))
        first, _, rest = statement.strip().partition(" ")
        if first in {"UPDATE", "DELETE"} and (table := rest.removeprefix("FROM ").split()[0]) in self._there:
            self.found.append((table, statement))
