"""The sealer: queued events become leaves, in batches, by one writer at a time.

A leaf gets its index when it is sealed, among the rows that are visible then, so that an event whose transaction ended
late is never passed over: it takes a later index.  Heads are signed elsewhere, from what is committed.
"""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, delete, func, insert, literal, select, tuple_, update

from consent_service.kernel.db import insert_or_skip, table_of, upsert
from consent_service.kernel.errors import LedgerError
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.heads import Head
from consent_service.ledger.merkle import grow, leaf_hash, tails
from consent_service.ledger.recorded_heads import record_heads
from consent_service.ledger.service import append, operator_stream
from consent_service.ledger.tables import LedgerEpoch, LedgerLeaf, LedgerQueued, LedgerTile
from consent_service.ledger.tree import Epoch, current_epoch, tiles_of

_EPOCHS, _LEAVES = table_of(LedgerEpoch), table_of(LedgerLeaf)
_QUEUE, _TILES = table_of(LedgerQueued), table_of(LedgerTile)
BATCH = 5000
FIRST_EPOCH = 1


def seal(uow: UnitOfWork, name: str, limit: int = BATCH) -> int:
    """Seal what waits, at most ``limit`` events, in the caller's transaction.  Returns how many.

    ``name`` is that of this installation's logs; it is used when the first is opened.

    Raises:
        LedgerError: The stored tree is not as wide as its size says; nothing was sealed.
    """
    epoch = lock_epoch(uow)
    if epoch is None:
        _open(uow, Epoch(FIRST_EPOCH, f"{name}/{FIRST_EPOCH}", 0, None, uow.keys.signer.generation))
        return seal(uow, name, limit)  # by the one that is open now, whoever opened it
    if uow.session.scalar(select(_QUEUE.c.seq).limit(1)) is not None:
        record_heads(uow)
    first = select(_QUEUE.c.seq).order_by(_QUEUE.c.seq).limit(limit).subquery()
    last = uow.session.scalar(select(func.max(first.c.seq)))
    return _seal(uow, epoch, _QUEUE.c.seq <= last) if last is not None else 0


def open_next(uow: UnitOfWork, epoch: Epoch, follows: Head) -> None:
    """Open a new log after one that does not go on; its first leaf is the event that says so.  Old leaves stay."""
    lock_epoch(uow)
    _open(uow, epoch)
    facts = {"epoch": epoch.epoch, "origin": follows.origin, "size": str(follows.size), "root": follows.root.hex()}
    event = append(uow, EventType.LEDGER_EPOCH_OPENED, operator_stream(uow.operator_id), facts)
    _seal(uow, epoch, _QUEUE.c.event_id == event.id)


def _seal(uow: UnitOfWork, epoch: Epoch, chosen: ColumnElement[bool]) -> int:
    """Make leaves of the chosen rows of the queue, inside the database; take from the queue what became a leaf."""
    index = epoch.size - 1 + func.row_number().over(order_by=_QUEUE.c.seq)
    rows = select(literal(epoch.epoch), index, _QUEUE.c.operator_id, _QUEUE.c.event_id, _QUEUE.c.leaf_input).where(
        chosen
    )
    columns = [_LEAVES.c.epoch, _LEAVES.c.leaf_index, _LEAVES.c.operator_id, _LEAVES.c.event_id, _LEAVES.c.leaf_input]
    sealed = uow.session.execute(
        insert(_LEAVES).from_select(columns, rows).returning(_LEAVES.c.leaf_index, _LEAVES.c.leaf_input)
    ).all()
    fresh = select(_LEAVES.c.operator_id, _LEAVES.c.event_id).where(
        _LEAVES.c.epoch == epoch.epoch, _LEAVES.c.leaf_index >= epoch.size
    )
    uow.session.execute(delete(_QUEUE).where(chosen, tuple_(_QUEUE.c.operator_id, _QUEUE.c.event_id).in_(fresh)))
    if sealed:
        _add_hashes(uow, epoch, [leaf_hash(entry) for _, entry in sorted(map(tuple, sealed))])
        size = epoch.size + len(sealed)
        uow.session.execute(update(_EPOCHS).where(_EPOCHS.c.epoch == epoch.epoch).values(size=size))
    return len(sealed)


def lock_epoch(uow: UnitOfWork) -> Epoch | None:
    """Return the log that is written now, for this transaction alone."""
    epoch = current_epoch(uow.session, lock=True)
    while epoch and (newer := current_epoch(uow.session)) and newer.epoch != epoch.epoch:
        epoch = current_epoch(uow.session, lock=True)  # it was opened while we waited for the lock of the one before
    return epoch


def _open(uow: UnitOfWork, epoch: Epoch) -> None:
    """Open a log, unless another has opened it at the same time."""
    uow.session.execute(
        insert_or_skip(uow.session, _EPOCHS).values(
            epoch=epoch.epoch,
            origin=epoch.origin,
            size=0,
            opened_at=uow.now,
            signed_by=epoch.signed_by,
            follows=epoch.follows,
        )
    )


def _add_hashes(uow: UnitOfWork, epoch: Epoch, hashes: Sequence[bytes]) -> None:
    incomplete = tiles_of(uow.session, epoch.epoch)(tails(epoch.size))
    try:
        changed = dict(grow(epoch.size, incomplete, hashes))
    except ValueError as error:
        raise LedgerError(f"The stored tree is damaged: {error}. Run ledger verify.") from error
    statement = upsert(uow.session, _TILES)
    uow.session.execute(
        statement.on_conflict_do_update(
            index_elements=[_TILES.c.epoch, _TILES.c.level, _TILES.c.number],
            set_={"hashes": statement.excluded.hashes},
        ),
        [
            {"epoch": epoch.epoch, "level": key.level, "number": key.number, "hashes": row}
            for key, row in changed.items()
        ],
    )
