"""Whose work a case is."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, Table, or_, select, update

from consent_service.kernel.errors import InvalidInputError
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.service import append_all
from consent_service.operators.access import WORK_ON_CASES
from consent_service.operators.colleagues import colleague


def assign(uow: UnitOfWork, cases: Table, kind: str, ids: Sequence[UUID], staff_id: UUID | None) -> int:
    """Give cases of the operator to a colleague, or take them from everybody; returns how many changed hands.

    Raises:
        InvalidInputError: Nobody with this id acts for the operator.
    """
    if staff_id is not None:
        to = colleague(uow, staff_id)
        if to is None or to.role not in WORK_ON_CASES:
            raise InvalidInputError.of("assignee", "Choose somebody at the operator who works on cases.")
    changed = uow.session.scalars(
        update(cases)
        .where(
            cases.c.operator_id == uow.operator_id,
            cases.c.id.in_(ids),
            cases.c.assignee_id.is_distinct_from(staff_id),
        )
        .values(assignee_id=staff_id)
        .returning(cases.c.id)
    ).all()
    facts: dict[str, object] = {"kind": kind, "staff": str(staff_id) if staff_id else None}
    append_all(uow, EventType.CASE_ASSIGNED, [(case_id, {"case": str(case_id)} | facts) for case_id in sorted(changed)])
    return len(changed)


def assignee_of(uow: UnitOfWork, cases: Table, case_id: UUID) -> UUID | None:
    """Return whose work a case is."""
    return uow.session.scalar(
        select(cases.c.assignee_id).where(cases.c.operator_id == uow.operator_id, cases.c.id == case_id)
    )


def is_work_of(assignee: ColumnElement[UUID], staff_ids: Sequence[UUID | None]) -> ColumnElement[bool]:
    """Return the condition that a case is the work of one of these; of nobody where one of them is None."""
    named = [one for one in staff_ids if one is not None]
    ways = [assignee.in_(named)] if named else []
    return or_(*ways, assignee.is_(None)) if None in staff_ids else or_(*ways)
