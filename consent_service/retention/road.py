"""The road of erasure as retention walks it: what bars it, what is ordered already, and ordering a part of a run."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from uuid import UUID

from consent_service.erasure.holds import held_people
from consent_service.erasure.queries import open_order_days
from consent_service.erasure.service import OrderErasure, Run, order_as_many
from consent_service.erasure.states import Ground
from consent_service.kernel.uow import UnitOfWork
from consent_service.storage.states import StorageStart

CAUSE = "retention"
GROUNDS: Mapping[StorageStart, Ground] = {
    StorageStart.CONSENT_ENDED: Ground.STORAGE_ENDED,
    StorageStart.ACCEPTANCE: Ground.STORAGE_ENDED,
    StorageStart.LAST_ACTIVITY: Ground.STORAGE_ENDED,
    StorageStart.AGREEMENT_ENDED: Ground.RELATION_ENDED,
    StorageStart.PURPOSE_REACHED: Ground.OTHER_LAW,
    StorageStart.WITHDRAWAL: Ground.OTHER_LAW,
    StorageStart.REFUSAL: Ground.OTHER_LAW,
}


def holds_on(uow: UnitOfWork, subject_ids: Collection[UUID]) -> dict[UUID, tuple[str, ...]]:
    """Return the references of the legal holds on people; who is not held is left out."""
    held = held_people(uow, subject_ids)
    return {subject_id: tuple(one.reference for one in holds) for subject_id, holds in held.items()}


def ordered_days(uow: UnitOfWork, subject_ids: Collection[UUID]) -> dict[UUID, date]:
    """Return by which day the erasure of people is ordered already."""
    return open_order_days(uow, subject_ids)


def order_part(uow: UnitOfWork, run_id: UUID, people: int, commands: Sequence[OrderErasure]) -> int:
    """Order the erasure of the first of some people, as many as the run still takes; returns how many.

    Raises:
        ConflictError: The run was rejected.
    """
    return order_as_many(uow, Run(run_id, people), commands)


__all__ = ["CAUSE", "GROUNDS", "OrderErasure", "holds_on", "order_part", "ordered_days"]
