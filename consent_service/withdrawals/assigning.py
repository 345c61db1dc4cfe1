"""Whose work a withdrawal is."""

from collections.abc import Sequence
from uuid import UUID

from consent_service.duties.assigning import assign, assignee_of
from consent_service.kernel.db import table_of
from consent_service.kernel.uow import UnitOfWork
from consent_service.withdrawals.tables import Withdrawal


def assign_withdrawals(uow: UnitOfWork, ids: Sequence[UUID], staff_id: UUID | None) -> int:
    """Give withdrawals to a colleague, or take them from everybody; returns how many changed hands.

    Raises:
        InvalidInputError: Nobody with this id acts for the operator.
    """
    return assign(uow, table_of(Withdrawal), "withdrawal", ids, staff_id)


def whose_withdrawal(uow: UnitOfWork, withdrawal_id: UUID) -> UUID | None:
    """Return whose work a withdrawal is."""
    return assignee_of(uow, table_of(Withdrawal), withdrawal_id)
