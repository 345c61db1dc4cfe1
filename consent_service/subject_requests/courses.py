"""The course of many people's requests, for whoever must know how long their data may be kept."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from consent_service.kernel.db import table_of
from consent_service.kernel.uow import UnitOfWork
from consent_service.subject_requests.states import RequestState, RequestType
from consent_service.subject_requests.tables import SubjectRequest

_REQUESTS = table_of(SubjectRequest)


@dataclass(frozen=True, slots=True)
class RequestCourse:
    """Since when every request of a person is closed; None while one is not, for whoever asks must be answered."""

    closed_at: datetime | None


def request_courses(uow: UnitOfWork, subject_ids: Collection[UUID]) -> dict[UUID, RequestCourse]:
    """Return the course of the requests of those who have asked for something."""
    is_open = _REQUESTS.c.state != RequestState.CLOSED
    rows = uow.session.execute(
        select(
            _REQUESTS.c.subject_id,
            func.count().filter(is_open).label("open"),
            func.max(_REQUESTS.c.closed_at).label("closed_at"),
        )
        .where(_REQUESTS.c.operator_id == uow.operator_id, _REQUESTS.c.subject_id.in_(subject_ids))
        .group_by(_REQUESTS.c.subject_id)
    )
    return {row.subject_id: RequestCourse(None if row.open else row.closed_at) for row in rows}


def is_being_checked(uow: UnitOfWork, subject_id: UUID) -> bool:
    """Say whether data of a person are blocked while a request of theirs is checked."""
    return (
        uow.session.scalar(
            select(_REQUESTS.c.id)
            .where(
                _REQUESTS.c.operator_id == uow.operator_id,
                _REQUESTS.c.subject_id == subject_id,
                _REQUESTS.c.type == RequestType.BLOCKING,
                _REQUESTS.c.state == RequestState.IN_PROGRESS,
                _REQUESTS.c.violation.is_(None),
            )
            .limit(1)
        )
        is not None
    )
