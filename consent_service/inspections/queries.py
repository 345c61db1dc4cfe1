"""Reads about packs: which there are, and how far each is."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from consent_service.inspections.rules import Period
from consent_service.inspections.service import SHELF
from consent_service.kernel.uow import UnitOfWork
from consent_service.packs.views import PackView


@dataclass(frozen=True, slots=True)
class InspectionView(PackView):
    """A pack as shown, with its period."""

    since: date
    until: date


def list_packs(uow: UnitOfWork) -> list[InspectionView]:
    """Return the packs whose term is not over, the latest first."""
    return SHELF.views(uow, InspectionView)


def period_of(uow: UnitOfWork, pack_id: UUID) -> Period:
    """Return the period of a pack.

    Raises:
        NotFoundError: There is none.
    """
    row = SHELF.asked(uow, pack_id)
    return Period(row["since"], row["until"])
