"""Pages of a list by where the page before ended, so that the last page of a big table is as quick as the first."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, literal, tuple_
from sqlalchemy.orm import Session

from consent_service.kernel.cursors import read_cursor, write_cursor


@dataclass(frozen=True, slots=True)
class Order:
    """How a list is ordered: by a column that is never null, and among equals by an id, in the same direction."""

    column: ColumnElement[Any]  # Any: days or instants
    id: ColumnElement[UUID]
    descending: bool = True


def turn_page(
    session: Session,
    query: Any,
    order: Order,
    *,
    limit: int,
    cursor: str | None,  # Any: a select of any columns
) -> tuple[list[Any], str | None]:  # Any: its rows
    """Return the rows of the page after a cursor, and the cursor of the next page; None on the last.

    The query selects both columns of the order.

    Raises:
        InvalidInputError: The cursor is not one of ours.
    """
    place = tuple_(order.column, order.id)
    if cursor is not None:
        at, last = read_cursor(cursor, order.column.type.python_type)
        seen = tuple_(literal(at, order.column.type), literal(last, order.id.type))
        query = query.where(place < seen if order.descending else place > seen)
    ways = [one.desc() if order.descending else one.asc() for one in (order.column, order.id)]
    rows = session.execute(query.order_by(*ways).limit(limit + 1)).all()
    page = list(rows[:limit])
    if len(rows) <= limit:
        return page, None
    at, last = (page[-1]._mapping[one] for one in (order.column, order.id))  # noqa: SLF001 - SQLAlchemy's public name
    return page, write_cursor(at, last)
