"""Whose work a case is."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, Table, or_, update

from consent_service.kernel.errors import InvalidInputError
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.service import append_all
from consent_service.operators.access import Role
from consent_service.operators.colleagues import colleague


def assign(uow: UnitOfWork, cases: Table, kind: str, ids: Sequence[UUID], staff_id: UUID | None) -> int:
    """Give cases of the operator to a colleague, or take them from everybody; returns how many changed hands.

    Raises:
        InvalidInputError: Nobody with this id acts for the operator.
    """
    if staff_id is not None:
        to = colleague(uow, staff_id)
        if to is None or to.role is Role.AUDITOR:
            raise InvalidInputError.of("assignee", "Choose somebody who acts for the operator.")
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


def is_work_of(assignee: ColumnElement[UUID], staff_ids: Sequence[UUID | None]) -> ColumnElement[bool]:
    """Return the condition that a case is the work of one of these; of nobody where one of them is None."""
    named = [one for one in staff_ids if one is not None]
    ways = [assignee.in_(named)] if named else []
    return or_(*ways, assignee.is_(None)) if None in staff_ids else or_(*ways)
