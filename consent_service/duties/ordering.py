"""How lists of cases are ordered: by receipt, or by what is due first."""

from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select, tuple_

from consent_service.duties.tables import UNMET_ROWS, Duty
from consent_service.kernel.db import table_of
from consent_service.kernel.paging import Order
from consent_service.kernel.uow import UnitOfWork

_DUTIES = table_of(Duty)


class CaseOrder(StrEnum):
    """An order of cases; ``DUE`` leaves out those to which nothing is owed any more."""

    LATEST = "latest"
    EARLIEST = "earliest"
    DUE = "due"


def in_order(
    uow: UnitOfWork,
    query: Any,  # Any: a select of any columns of cases
    by: CaseOrder,
    *,
    case_id: ColumnElement[UUID],
    received_at: ColumnElement[Any],  # Any: an instant
) -> tuple[Any, Order]:  # Any: as above
    """Return the query with what its order needs, and the order."""
    if by is not CaseOrder.DUE:
        return query, Order(received_at, case_id, descending=by is CaseOrder.LATEST)
    binds = (_DUTIES.c.operator_id == uow.operator_id, UNMET_ROWS, _DUTIES.c.is_binding)
    due = select(_DUTIES.c.case_id, _DUTIES.c.due_on, _DUTIES.c.id.label("duty_id")).where(*binds).subquery()
    other = _DUTIES.alias()
    sooner = (
        select(other.c.id)
        .where(
            other.c.operator_id == uow.operator_id,
            other.c.case_id == due.c.case_id,
            UNMET_ROWS,
            other.c.is_binding,
            tuple_(other.c.due_on, other.c.id) < tuple_(due.c.due_on, due.c.duty_id),
        )
        .exists()
    )
    joined = query.join(due, due.c.case_id == case_id).where(~sooner)
    return joined.add_columns(due.c.due_on, due.c.duty_id), Order(due.c.due_on, due.c.duty_id, descending=False)
