"""Reads about packs: which there are, and how far each is."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select

from consent_service.inspections.states import PackState
from consent_service.inspections.tables import InspectionPack
from consent_service.kernel.db import table_of
from consent_service.kernel.sealed_columns import SealedColumn
from consent_service.kernel.uow import UnitOfWork

_PACKS = table_of(InspectionPack)
PACK_KEY = SealedColumn(_PACKS.c.key_sealed)


@dataclass(frozen=True, slots=True)
class PackView:
    """A pack as shown."""

    id: UUID
    since: date
    until: date
    state: PackState
    steps: int
    done: int
    asked_by: str
    asked_at: datetime
    made_at: datetime | None
    expires_at: datetime
    size: int | None
    sha256: str | None

    @property
    def percent(self) -> int:
        """How much is made, of a hundred."""
        return 100 * self.done // self.steps if self.steps else 0


def list_packs(uow: UnitOfWork) -> list[PackView]:
    """Return the packs whose term is not over, the latest first."""
    columns = [_PACKS.c[name] for name in PackView.__dataclass_fields__]
    rows = uow.session.execute(
        select(*columns)
        .where(_PACKS.c.operator_id == uow.operator_id, _PACKS.c.expires_at > uow.now)
        .order_by(_PACKS.c.id.desc())
    )
    return [PackView(*row) for row in rows]


def stored_key(uow: UnitOfWork, pack_id: UUID) -> bytes:
    """Return the key of a pack, which lives as long as the pack."""
    sealed = uow.session.execute(
        select(_PACKS.c.key_sealed).where(_PACKS.c.operator_id == uow.operator_id, _PACKS.c.id == pack_id)
    ).scalar_one()
    return PACK_KEY.open(uow, sealed, pack_id)


def place_of(uow: UnitOfWork, pack_id: UUID, number: int) -> str:
    """Return the place for which a part is sealed."""
    return f"inspection_pack_parts|{uow.operator_id}|{pack_id}|{number}"
