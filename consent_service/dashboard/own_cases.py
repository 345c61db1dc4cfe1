"""Whose work the case of a page is."""

from uuid import UUID

from consent_service.duties.assigning import has_duty
from consent_service.kernel.uow import UnitOfWork
from consent_service.subject_requests.assigning import whose_request
from consent_service.withdrawals.assigning import whose_withdrawal


def whose(uow: UnitOfWork, case_id: UUID) -> UUID | None:
    """Return to whom a withdrawal or a request was given; ids of the two are never alike."""
    return whose_withdrawal(uow, case_id) or whose_request(uow, case_id)


def works_on(uow: UnitOfWork, case_id: UUID, staff_id: UUID) -> bool:
    """Say whether a case, or a duty of it, was given to somebody."""
    return whose(uow, case_id) == staff_id or has_duty(uow, case_id, staff_id)
