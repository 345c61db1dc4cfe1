"""To whom a case was given: an assignee works on those cases and sees no others."""

from collections.abc import Collection, Mapping
from uuid import UUID

from sqlalchemy import ColumnElement, delete, select

from consent_service.kernel.db import table_of, upsert
from consent_service.kernel.errors import InvalidInputError
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.service import append, operator_stream
from consent_service.operators.access import Role
from consent_service.operators.colleagues import colleague
from consent_service.operators.service import lock_operator
from consent_service.operators.tables import Assignment

WORK_ON_CASES = frozenset({Role.OWNER, Role.DPO, Role.ASSIGNEE})
_ASSIGNMENTS = table_of(Assignment)


def assign(uow: UnitOfWork, case_kind: str, case_id: UUID, staff_id: UUID | None) -> None:
    """Give a case to a colleague who works on cases, or to nobody; the caller knows that there is such a case.

    Raises:
        InvalidInputError: Nobody at the operator who works on cases.
    """
    lock_operator(uow)
    if staff_id is None:
        uow.session.execute(delete(_ASSIGNMENTS).where(*_this(uow, case_id)))
    else:
        person = colleague(uow, staff_id)
        if person is None or person.role not in WORK_ON_CASES:
            raise InvalidInputError.of("staff", "Choose somebody at the operator who works on cases.")
        values = {"case_kind": case_kind, "staff_id": staff_id, "assigned_at": uow.now}
        given = upsert(uow.session, _ASSIGNMENTS).values(operator_id=uow.operator_id, case_id=case_id, **values)
        uow.session.execute(given.on_conflict_do_update(index_elements=["operator_id", "case_id"], set_=values))
    facts = {"kind": case_kind, "case": str(case_id), "staff": str(staff_id) if staff_id else None}
    append(uow, EventType.CASE_ASSIGNED, operator_stream(uow.operator_id), facts)


def assignee_of(uow: UnitOfWork, case_id: UUID) -> UUID | None:
    """Return to whom a case was given."""
    return uow.session.scalar(select(_ASSIGNMENTS.c.staff_id).where(*_this(uow, case_id)))


def assignees_of(uow: UnitOfWork, case_ids: Collection[UUID]) -> Mapping[UUID, UUID]:
    """Return to whom cases were given, by case."""
    rows = uow.session.execute(
        select(_ASSIGNMENTS.c.case_id, _ASSIGNMENTS.c.staff_id).where(
            _ASSIGNMENTS.c.operator_id == uow.operator_id, _ASSIGNMENTS.c.case_id.in_(case_ids)
        )
    )
    return {row.case_id: row.staff_id for row in rows}


def cases_of(uow: UnitOfWork, staff_id: UUID) -> list[tuple[str, UUID]]:
    """Return the cases that were given to somebody as (kind, case), the latest first."""
    rows = uow.session.execute(
        select(_ASSIGNMENTS.c.case_kind, _ASSIGNMENTS.c.case_id)
        .where(_ASSIGNMENTS.c.operator_id == uow.operator_id, _ASSIGNMENTS.c.staff_id == staff_id)
        .order_by(_ASSIGNMENTS.c.assigned_at.desc(), _ASSIGNMENTS.c.case_id.desc())
    )
    return [(row.case_kind, row.case_id) for row in rows]


def _this(uow: UnitOfWork, case_id: UUID) -> tuple[ColumnElement[bool], ...]:
    return _ASSIGNMENTS.c.operator_id == uow.operator_id, _ASSIGNMENTS.c.case_id == case_id
