"""Reads of the tree as it is stored: epochs, tiles, leaves, heads."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from consent_service.kernel.db import table_of
from consent_service.kernel.keys import Keyring
from consent_service.ledger import merkle
from consent_service.ledger.heads import verifier_key
from consent_service.ledger.merkle import TileKey, Tiles
from consent_service.ledger.tables import LedgerEpoch, LedgerHead, LedgerLeaf, LedgerQueued, LedgerTile

_EPOCHS, _HEADS, _LEAVES = table_of(LedgerEpoch), table_of(LedgerHead), table_of(LedgerLeaf)
_QUEUE, _TILES = table_of(LedgerQueued), table_of(LedgerTile)
MERGE_DELAY = timedelta(minutes=5)  # within which an event is promised to be in a signed head


@dataclass(frozen=True, slots=True)
class Epoch:
    """A log: its number and name, how many leaves are sealed, the head of the log that it follows, and who signs it.

    ``signed_by`` is the generation of the signing key.
    """

    epoch: int
    origin: str
    size: int
    follows: str | None
    signed_by: int


@dataclass(frozen=True, slots=True)
class SignedHead:
    """A head as it was published."""

    tree_size: int
    note: str
    signed_at: datetime


@dataclass(frozen=True, slots=True)
class Place:
    """Where an event stands in the logs."""

    epoch: int
    leaf_index: int


_EPOCH = [_EPOCHS.c[name] for name in Epoch.__dataclass_fields__]
_HEAD = [_HEADS.c[name] for name in SignedHead.__dataclass_fields__]
_PLACE = [_LEAVES.c[name] for name in Place.__dataclass_fields__]


def current_epoch(session: Session, *, lock: bool = False) -> Epoch | None:
    """Return the log that is written now; None before the first event is sealed.  ``lock`` keeps other sealers out."""
    chosen = select(*_EPOCH).order_by(_EPOCHS.c.epoch.desc()).limit(1)
    row = session.execute(chosen.with_for_update() if lock else chosen).first()
    return Epoch(*row) if row else None


def find_epoch(session: Session, number: int) -> Epoch | None:
    """Return one log."""
    row = session.execute(select(*_EPOCH).where(_EPOCHS.c.epoch == number)).first()
    return Epoch(*row) if row else None


def all_epochs(session: Session) -> list[Epoch]:
    """Return every log, the oldest first."""
    return [Epoch(*row) for row in session.execute(select(*_EPOCH).order_by(_EPOCHS.c.epoch))]


def head_key(keys: Keyring, epoch: Epoch) -> Ed25519PublicKey:
    """Return the key that checks the heads of a log.

    Raises:
        KeyUnavailableError: The key file knows nothing of the generation that signs it.
    """
    return keys.public_signer(epoch.signed_by).heads


def log_key(keys: Keyring, epoch: Epoch) -> str:
    """Return the key of a log's heads in the form that verifiers take."""
    return verifier_key(epoch.origin, head_key(keys, epoch))


def log_keys(session: Session, keys: Keyring, origins: Collection[str]) -> list[str]:
    """Return the keys of some logs in the form that verifiers take, the oldest log first."""
    return [log_key(keys, epoch) for epoch in all_epochs(session) if epoch.origin in origins]


def tiles_of(session: Session, epoch: int) -> Tiles:
    """Return the reader of a log's tiles."""
    return partial(_read_tiles, session, epoch)


def root_of(session: Session, epoch: int, size: int) -> bytes:
    """Return the root of the first ``size`` leaves of a log.

    Raises:
        ValueError: A tile is missing or too short.
    """
    return merkle.root(size, tiles_of(session, epoch))


def last_head(session: Session, epoch: int, *, signed_before: datetime | None = None) -> SignedHead | None:
    """Return the largest head of a log."""
    chosen = select(*_HEAD).where(_HEADS.c.epoch == epoch)
    if signed_before is not None:
        chosen = chosen.where(_HEADS.c.signed_at < signed_before)
    row = session.execute(chosen.order_by(_HEADS.c.tree_size.desc()).limit(1)).first()
    return SignedHead(*row) if row else None


def find_head(session: Session, epoch: int, size: int) -> SignedHead | None:
    """Return the head of a log at a size."""
    row = session.execute(select(*_HEAD).where(_HEADS.c.epoch == epoch, _HEADS.c.tree_size == size)).first()
    return SignedHead(*row) if row else None


def signed_more_than_once(session: Session) -> bool:
    """Say whether there is more than the first head of all, which may not have been exported yet."""
    return len(session.scalars(select(_HEADS.c.tree_size).limit(2)).all()) > 1


def heads_of(session: Session, epoch: int) -> Iterator[SignedHead]:
    """Yield the heads of a log, the smallest first."""
    rows = session.execute(
        select(*_HEAD).where(_HEADS.c.epoch == epoch).order_by(_HEADS.c.tree_size),
        execution_options={"yield_per": 1000},
    )
    return (SignedHead(*row) for row in rows)


def entries_of(session: Session, epoch: int, start: int, count: int) -> list[bytes]:
    """Return the leaf inputs from one index on."""
    return list(
        session.scalars(
            select(_LEAVES.c.leaf_input)
            .where(_LEAVES.c.epoch == epoch, _LEAVES.c.leaf_index >= start, _LEAVES.c.leaf_index < start + count)
            .order_by(_LEAVES.c.leaf_index)
        )
    )


def find_place(session: Session, operator_id: int, event_id: UUID, leaf_input: bytes) -> Place | None:
    """Return where an event was sealed; None while it waits, or where its leaf is another."""
    row = session.execute(
        select(*_PLACE).where(
            _LEAVES.c.operator_id == operator_id, _LEAVES.c.event_id == event_id, _LEAVES.c.leaf_input == leaf_input
        )
    ).first()
    return Place(*row) if row else None


def waiting_since(session: Session) -> datetime | None:
    """Return when the oldest event that is not sealed was recorded."""
    since: datetime | None = session.scalar(select(func.min(_QUEUE.c.recorded_at)))
    return since


def waiting_count(session: Session, most: int) -> int:
    """Return how many events are not sealed, or ``most`` where there are more."""
    return session.scalar(select(func.count()).select_from(select(_QUEUE.c.seq).limit(most).subquery())) or 0


def _read_tiles(session: Session, epoch: int, keys: Collection[TileKey]) -> Mapping[TileKey, bytes]:
    if not keys:
        return {}
    rows = session.execute(
        select(_TILES.c.level, _TILES.c.number, _TILES.c.hashes).where(
            _TILES.c.epoch == epoch, tuple_(_TILES.c.level, _TILES.c.number).in_(list(keys))
        )
    )
    return {TileKey(level, number): hashes for level, number, hashes in rows}
