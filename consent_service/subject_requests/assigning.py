"""Whose work a request is."""

from collections.abc import Sequence
from uuid import UUID

from consent_service.duties.assigning import assign, assignee_of
from consent_service.kernel.db import table_of
from consent_service.kernel.uow import UnitOfWork
from consent_service.subject_requests.tables import SubjectRequest


def assign_requests(uow: UnitOfWork, ids: Sequence[UUID], staff_id: UUID | None) -> int:
    """Give requests to a colleague, or take them from everybody; returns how many changed hands.

    Raises:
        InvalidInputError: Nobody with this id acts for the operator.
    """
    return assign(uow, table_of(SubjectRequest), "request", ids, staff_id)


def whose_request(uow: UnitOfWork, request_id: UUID) -> UUID | None:
    """Return whose work a request is."""
    return assignee_of(uow, table_of(SubjectRequest), request_id)
