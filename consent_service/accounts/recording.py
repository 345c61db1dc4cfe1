"""What happens to an account stands in the ledger, in a stream of its own."""

from uuid import UUID

from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.service import append
from consent_service.operators.staff import lock_account


def record(uow: UnitOfWork, kind: EventType, staff_id: UUID, **facts: object) -> None:
    """Append an event of an account, whose row is locked from here on."""
    lock_account(uow, staff_id)
    append(uow, kind, staff_id, {"staff": str(staff_id), **facts})
