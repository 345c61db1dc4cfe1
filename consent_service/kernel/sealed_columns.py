"""Columns that are sealed under the key epoch: once it is retired, they open in no copy of the database from before."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Table, bindparam, select, tuple_, update

from consent_service.kernel.keys import epoch_prefix
from consent_service.kernel.uow import UnitOfWork

OVER = "the key epoch is over"  # what the triggers of migration 0015 say
_TENANT = "operator_id"


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """A column whose values are sealed for their row; where the table belongs to operators, its key begins with one."""

    column: Column[Any]  # Any: bytes, or None where nothing is sealed

    @property
    def table(self) -> Table:
        """The table of the column."""
        return self.column.table

    def seal(self, uow: UnitOfWork, plain: bytes, *key: object) -> bytes:
        """Seal a value for the row of a primary key, which is given without its operator."""
        return uow.keys.seal(self._purpose, plain, self._place(self._whole(uow, key)))

    def open(self, uow: UnitOfWork, sealed: bytes, *key: object) -> bytes:
        """Open the value of a row.

        Raises:
            KeyUnavailableError: Its epoch is gone, it was altered or is of another row.
        """
        return uow.keys.open(self._purpose, sealed, self._place(self._whole(uow, key)))

    def seal_anew(self, uow: UnitOfWork, after: tuple[object, ...] | None, limit: int) -> tuple[int, Any]:
        """Seal some rows of all operators under the current epoch.

        Returns how many, and the key of the last one looked at: None when there are no more.  A row that is changed
        meanwhile is left as it is.
        """
        keys = list(self.table.primary_key.columns)
        query = select(*keys, self.column.label("sealed")).where(self.column < epoch_prefix(uow.keys.epoch))
        query = query if after is None else query.where(tuple_(*keys) > after)
        rows = [tuple(row) for row in uow.session.execute(query.order_by(*keys).limit(limit))]
        if not rows:
            return 0, None
        uow.session.execute(
            update(self.table)
            .where(*(key == bindparam(f"of_{key.name}") for key in keys), self.column == bindparam("old"))
            .values({self.column.name: bindparam("new")}),
            [
                {f"of_{key.name}": value for key, value in zip(keys, row, strict=False)}
                | {"old": row[-1], "new": self._anew(uow, row)}
                for row in rows
            ],
        )
        return len(rows), rows[-1][:-1]

    @property
    def _purpose(self) -> str:
        return f"{self.table.name}.{self.column.name}|v1"

    def _anew(self, uow: UnitOfWork, row: tuple[Any, ...]) -> bytes:  # Any: column values
        *key, sealed = row
        place = self._place(tuple(key))
        return uow.keys.seal(self._purpose, uow.keys.open(self._purpose, sealed, place), place)

    def _whole(self, uow: UnitOfWork, key: tuple[object, ...]) -> tuple[object, ...]:
        return (uow.operator_id, *key) if _TENANT in self.table.primary_key.columns else key

    def _place(self, key: tuple[object, ...]) -> str:
        return "|".join(map(str, (self.table.name, *key)))
