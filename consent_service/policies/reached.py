"""Purposes that are reached for everybody, such as a contest that is over (Law 94-V art. 8(6), 25(2)(4))."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ScalarSelect, or_, select, update

from consent_service.kernel.db import changed_rows, table_of
from consent_service.kernel.uow import UnitOfWork
from consent_service.policies.tables import Purpose

_PURPOSES = table_of(Purpose)


def mark_reached(uow: UnitOfWork, purpose_id: UUID, at: datetime) -> bool:
    """Note that a purpose was reached at an instant; False where that or a later one was noted before."""
    marked = uow.session.execute(
        update(_PURPOSES)
        .where(
            _PURPOSES.c.operator_id == uow.operator_id,
            _PURPOSES.c.id == purpose_id,
            or_(_PURPOSES.c.reached_at.is_(None), _PURPOSES.c.reached_at < at),
        )
        .values(reached_at=at)
    )
    return bool(changed_rows(marked))


def reached_at(operator_id: Any, purpose_id: Any) -> ScalarSelect[datetime | None]:  # Any: a bound value, a column
    """Return until when answers for a purpose have allowed something, as part of another statement; null while they do.

    Answers given after that instant stand.
    """
    return (
        select(_PURPOSES.c.reached_at)
        .where(_PURPOSES.c.operator_id == operator_id, _PURPOSES.c.id == purpose_id)
        .scalar_subquery()
    )
