"""Asking for an export, taking it up, handing it over and out; and letting it go when somebody in it is erased."""

from datetime import datetime, timedelta
from uuid import UUID

from consent_service.exports.states import ExportReason
from consent_service.exports.tables import OperatorExport, OperatorExportPart
from consent_service.kernel.db import table_of
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.service import append
from consent_service.operators.service import lock_operator
from consent_service.packs.shelf import Claim, Shelf

SHELF = Shelf(table_of(OperatorExport), table_of(OperatorExportPart), kept=timedelta(days=1), most_at_once=1)


def order_export(uow: UnitOfWork, because: ExportReason) -> UUID:
    """Ask for everything that is kept of the operator; the worker makes it.

    Raises:
        ConflictError: One is being made already.
    """
    lock_operator(uow)
    export_id = SHELF.place(uow, {"because": because})
    _record(uow, EventType.OPERATOR_EXPORT_ORDERED, export_id, because)
    return export_id


def claim_export(uow: UnitOfWork, export_id: UUID | None = None) -> Claim | None:
    """Take an export up that waits; erasures that are under way are over then, and are not in what is read next."""
    if not SHELF.has_work(uow):
        return None
    lock_operator(uow)
    return SHELF.claim(uow, export_id)


def finish_export(uow: UnitOfWork, claim: Claim, *, size: int, sha256: str, made_at: datetime) -> None:
    """Hand an export over whose parts are all stored.

    Raises:
        ClaimLostError: Another worker makes it now, or somebody in it was erased meanwhile.
    """
    SHELF.finish(uow, claim, size=size, sha256=sha256, made_at=made_at)
    because = SHELF.asked(uow, claim.pack_id)["because"]
    _record(uow, EventType.OPERATOR_EXPORT_MADE, claim.pack_id, because, sha256=sha256)


def take_export(uow: UnitOfWork, export_id: UUID) -> int:
    """Record that somebody takes an export away, and return how many bytes it has.

    Raises:
        NotFoundError: There is none that is ready, or its day is over, or somebody in it was erased.
    """
    row = SHELF.ready(uow, export_id)
    _record(uow, EventType.OPERATOR_EXPORT_TAKEN, export_id, row["because"], sha256=row["sha256"])
    return int(row["size"])


def drop_exports(uow: UnitOfWork) -> None:
    """Let go of what was exported: somebody in it is erased; the caller holds the lock of the operator.

    What is ready goes with its key; what is being made is begun again, after the erasure.
    """
    SHELF.drop(uow)


def _record(uow: UnitOfWork, kind: EventType, export_id: UUID, because: ExportReason, **more: object) -> None:
    """Append an event of an export, whose row is locked or new."""
    append(uow, kind, export_id, {"export": str(export_id), "because": str(because)} | more)
