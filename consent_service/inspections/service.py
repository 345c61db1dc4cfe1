"""Asking for a pack, handing over what was made of it, and handing it out."""

from datetime import datetime, timedelta
from uuid import UUID

from consent_service.deadlines.rules import almaty_day
from consent_service.inspections.rules import Period, check_period
from consent_service.inspections.tables import InspectionPack, InspectionPackPart
from consent_service.kernel.db import table_of
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.service import append
from consent_service.packs.shelf import Claim, Shelf

MOST_AT_ONCE = 3
SHELF = Shelf(table_of(InspectionPack), table_of(InspectionPackPart), kept=timedelta(days=7), most_at_once=MOST_AT_ONCE)


def order_pack(uow: UnitOfWork, period: Period) -> UUID:
    """Ask for a pack of a period; the worker makes it.

    Raises:
        InvalidInputError: The period cannot be told about.
        ConflictError: Three are being made already.
    """
    check_period(period, almaty_day(uow.now))
    pack_id = SHELF.place(uow, {"since": period.since, "until": period.until})
    _record(uow, EventType.INSPECTION_PACK_ORDERED, pack_id, period)
    return pack_id


def finish_pack(uow: UnitOfWork, claim: Claim, *, size: int, sha256: str, made_at: datetime) -> None:
    """Hand a pack over whose parts are all stored.

    Raises:
        ClaimLostError: Another worker makes it now.
    """
    SHELF.finish(uow, claim, size=size, sha256=sha256, made_at=made_at)
    row = SHELF.asked(uow, claim.pack_id)
    _record(uow, EventType.INSPECTION_PACK_MADE, claim.pack_id, Period(row["since"], row["until"]), sha256=sha256)


def take_pack(uow: UnitOfWork, pack_id: UUID) -> int:
    """Record that somebody takes a pack away, and return how many bytes it has.

    Raises:
        NotFoundError: There is none that is ready, or its term is over.
    """
    row = SHELF.ready(uow, pack_id)
    period = Period(row["since"], row["until"])
    _record(uow, EventType.INSPECTION_PACK_TAKEN, pack_id, period, sha256=row["sha256"])
    return int(row["size"])


def _record(uow: UnitOfWork, kind: EventType, pack_id: UUID, period: Period, **more: object) -> None:
    """Append an event of a pack, whose row is locked or new."""
    said = {"pack": str(pack_id), "since": period.since.isoformat(), "until": period.until.isoformat()}
    append(uow, kind, pack_id, said | more)
