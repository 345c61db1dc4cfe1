"""Whose work a case is, and a duty of it that somebody else does."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, Table, exists, or_, select, update

from consent_service.duties.tables import Duty
from consent_service.kernel.db import table_of
from consent_service.kernel.errors import InvalidInputError, NotFoundError
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.service import append, append_all
from consent_service.operators.access import DECIDE, WORK_ON_CASES, Role
from consent_service.operators.colleagues import colleague

_DUTIES = table_of(Duty)


def assign(uow: UnitOfWork, cases: Table, kind: str, ids: Sequence[UUID], staff_id: UUID | None) -> int:
    """Give cases of the operator to a colleague, or take them from everybody; returns how many changed hands.

    Raises:
        InvalidInputError: Nobody with this id acts for the operator.
    """
    if staff_id is not None:
        _check_works(uow, staff_id, among=WORK_ON_CASES)
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


def give_duty(uow: UnitOfWork, duty_id: UUID, staff_id: UUID | None) -> tuple[str, UUID]:
    """Give a duty to a colleague, or leave it to whoever has the case; returns the kind and id of its case.

    Raises:
        NotFoundError: There is no such duty.
        InvalidInputError: Nobody with this id acts for the operator, or somebody who sees only cases of a person.
    """
    mine = (_DUTIES.c.operator_id == uow.operator_id, _DUTIES.c.id == duty_id)
    row = uow.session.execute(
        select(_DUTIES.c.case_kind, _DUTIES.c.case_id, _DUTIES.c.subject_id, _DUTIES.c.owner_id)
        .where(*mine)
        .with_for_update()
    ).first()
    if row is None:
        raise NotFoundError("There is no such duty.")
    if staff_id is not None:
        _check_works(uow, staff_id, among=WORK_ON_CASES if row.subject_id else DECIDE)
    if row.owner_id != staff_id:
        uow.session.execute(update(_DUTIES).where(*mine).values(owner_id=staff_id))
        facts = {"case": str(row.case_id), "duty": str(duty_id), "staff": str(staff_id) if staff_id else None}
        append(uow, EventType.DUTY_GIVEN, duty_id, facts)
    return row.case_kind, row.case_id


def has_duty(uow: UnitOfWork, case_id: UUID, staff_id: UUID) -> bool:
    """Say whether a duty of a case was given to somebody."""
    here = (_DUTIES.c.operator_id == uow.operator_id, _DUTIES.c.case_id == case_id, _DUTIES.c.owner_id == staff_id)
    return bool(uow.session.scalar(select(exists().where(*here))))


def _check_works(uow: UnitOfWork, staff_id: UUID, among: Collection[Role]) -> None:
    to = colleague(uow, staff_id)
    if to is None or to.role not in among:
        raise InvalidInputError.of("assignee", "Choose somebody at the operator who works on cases.")


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
