"""``ledger verify``: holds what is stored against itself and names each place where it does not fit.

Every event opens to its leaf or is a lawful hole; the events of a stream are numbered without a gap and each names the
one before; every event is one leaf or waits; the tiles and all heads follow from the leaves.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from consent_service.kernel.db import table_of
from consent_service.kernel.errors import ConsentServiceError, LedgerError
from consent_service.kernel.keys import Keyring
from consent_service.ledger.acting import staff_in
from consent_service.ledger.exported import Exported, exported_in
from consent_service.ledger.heads import open_head
from consent_service.ledger.holes import Hole, lawful_holes
from consent_service.ledger.merkle import HASH_BYTES, TILE_WIDTH, TileKey, grow, leaf_hash, tails
from consent_service.ledger.opening import open_event
from consent_service.ledger.opening_epochs import losses, wrong_with_openings
from consent_service.ledger.publisher import guard
from consent_service.ledger.recorded_heads import wrong_with_heads
from consent_service.ledger.service import instant
from consent_service.ledger.stored import UNREADABLE, as_stored
from consent_service.ledger.tables import LedgerEvent, LedgerHead, LedgerLeaf, LedgerQueued, LedgerTile
from consent_service.ledger.times import Times
from consent_service.ledger.tree import Epoch, all_epochs, current_epoch, head_key, root_of, tiles_of

_EVENTS, _LEAVES = table_of(LedgerEvent), table_of(LedgerLeaf)
_QUEUE, _TILES, _HEADS = table_of(LedgerQueued), table_of(LedgerTile), table_of(LedgerHead)
_PART = TILE_WIDTH * 4
_SHOWN = 100
_UNREAD = (ValueError, TypeError, AttributeError, LookupError, ConsentServiceError)


AnyRow = Row[Any]  # Any: the columns of each statement
Progress = Callable[[str, int], None]


@dataclass(frozen=True, slots=True)
class Problem:
    """What does not fit, and where: ``event <id>``, ``leaf 1/17``, ``tile 1/0/3``, ``head 1/512``, ``epoch 1`` ..."""

    place: str
    what: str


@dataclass(slots=True)
class Verdict:
    """What was looked at, how many problems there are, and the first of them.

    ``statements`` say in words what is no fault and must be known: what was lost when a database was put back.
    """

    events: int = 0
    holes: int = 0
    waiting: int = 0
    leaves: int = 0
    heads: int = 0
    anchors: int = 0
    records: int = 0
    found: int = 0
    problems: list[Problem] = field(default_factory=list)
    statements: list[str] = field(default_factory=list)

    def note(self, place: str, what: str) -> None:
        """Count a problem, and keep it if it is one of the first."""
        self.found += 1
        if len(self.problems) < _SHOWN:
            self.problems.append(Problem(place, what))


def verify(
    session: Session,
    keys: Keyring,
    folder: Path,
    progress: Progress = lambda _what, _count: None,
    exported: Exported | None = None,
) -> Verdict:
    """Verify all that is stored, and that it goes on from the head in the folder of exports.

    ``progress`` is told what is looked at and how many there were so far; ``exported`` is what the folder held before
    the snapshot of the session began: what is published meanwhile is in the folder and not in the snapshot.
    """
    told = exported or exported_in(folder)
    verdict = Verdict()
    _verify_events(session, verdict, progress)
    epochs = all_epochs(session)
    times = Times()
    for epoch in epochs:
        _verify_leaves(session, epoch, times, verdict, progress)
        _verify_heads(session, epoch, keys, verdict, progress)
    _verify_epochs(session, [epoch.epoch for epoch in epochs], verdict)
    _verify_places(session, verdict)
    for place, what in (*wrong_with_openings(session, keys, epochs), *wrong_with_heads(session)):
        verdict.note(place, what)
    verdict.statements += losses(session, epochs)
    _verify_exported(session, told, verdict)
    try:
        guard(session, keys, current_epoch(session), folder, told.heads)
    except _UNREAD as error:
        verdict.note("exported head", error.detail if isinstance(error, LedgerError) else "it cannot be compared")
    return verdict


def _verify_events(session: Session, verdict: Verdict, progress: Progress) -> None:
    lawful, unlawful = lawful_holes(session)
    for place, what in unlawful:
        verdict.note(place, what)
    rows = session.execute(
        select(*as_stored(*_EVENTS.c)).order_by(_EVENTS.c.operator_id, _EVENTS.c.stream, _EVENTS.c.stream_seq),
        execution_options={"yield_per": _PART},
    )
    stream: tuple[Any, ...] | None = None
    before, seq = None, 0
    for row in rows:
        if stream is None or stream != (row.operator_id, row.stream):
            stream, before, seq = (row.operator_id, row.stream), None, 0
        for what in _wrong_with_event(row, lawful):
            verdict.note(f"event {row.id}", what)
        if row.stream_seq != seq + 1:
            verdict.note(f"event {row.id}", f"its stream has no event {seq + 1}")
        elif row.prev != before:
            verdict.note(f"event {row.id}", "it does not name the event before it")
        before, seq = row.leaf_input, row.stream_seq if isinstance(row.stream_seq, int) else seq + 1
        verdict.events += 1
        verdict.holes += row.body is None
        if verdict.events % _PART == 0:
            progress("events", verdict.events)
    progress("events", verdict.events)


def _wrong_with_event(row: AnyRow, lawful: dict[bytes, Hole]) -> Iterator[str]:
    if row.body is None or row.salt is None:
        hole = lawful.get(row.leaf_input)
        if hole is None or (hole.operator_id, hole.stream) != (row.operator_id, row.stream):
            yield "what it says is gone, and no record says why"
        elif row.expired_at != hole.at or row.body is not None or row.salt is not None:
            yield "it was emptied otherwise than the record says"
        return
    if row.expired_at is not None:
        yield "it is said to be emptied, and is not"
    said = open_event(row)
    if said is None:
        yield "what it says was altered"
        return
    columns = {
        "id": str(row.id),
        "kind": str(row.kind),
        "operator": row.operator_id,
        "stream": str(row.stream),
        "stream_seq": row.stream_seq,
        "prev": row.prev.hex() if isinstance(row.prev, bytes) else row.prev,
        "at": instant(row.recorded_at) if isinstance(row.recorded_at, datetime) else UNREADABLE,
    }
    for name, value in columns.items():
        if said.get(name) != value:
            yield f"its {name} was altered"
    if row.staff_id is not None and row.staff_id != staff_in(str(said.get("actor"))):
        yield "its staff_id was altered"


def _verify_leaves(session: Session, epoch: Epoch, times: Times, verdict: Verdict, progress: Progress) -> None:
    """Build the tree again from the leaves, and compare every tile."""
    rows = session.execute(
        select(
            *as_stored(_LEAVES.c.leaf_index, _LEAVES.c.leaf_input, _EVENTS.c.recorded_at),
            *(column.label("of_event") for column in as_stored(_EVENTS.c.leaf_input)),
        )
        .join_from(
            _LEAVES,
            _EVENTS,
            (_EVENTS.c.operator_id == _LEAVES.c.operator_id) & (_EVENTS.c.id == _LEAVES.c.event_id),
            isouter=True,
        )
        .where(_LEAVES.c.epoch == epoch.epoch)
        .order_by(_LEAVES.c.leaf_index),
        execution_options={"yield_per": _PART},
    )
    size, incomplete = 0, dict[TileKey, bytes]()
    heads = [(head.tree_size, head.signed_at) for head in _heads(session, epoch) if isinstance(head.tree_size, int)]
    times.begin(heads)
    for part in rows.partitions():
        for index, row in enumerate(part, start=size):
            place = f"leaf {epoch.epoch}/{row.leaf_index}"
            _reach(times, epoch, index, verdict)
            if row.leaf_index != index:
                verdict.note(place, f"it stands where leaf {index} should")
            if row.of_event is None:
                verdict.note(place, "its event is gone")
            elif row.of_event != row.leaf_input:
                verdict.note(place, "its event is another")
            elif isinstance(row.recorded_at, datetime) and times.is_back_dated(row.recorded_at):
                verdict.note(place, "its event says an earlier time than a head that was signed without it")
        made = dict(grow(size, incomplete, [leaf_hash(_bytes(row.leaf_input)) for row in part]))
        size += len(part)
        last = tails(size)
        incomplete = {key: hashes for key, hashes in (incomplete | made).items() if key in last}
        _compare_tiles(session, epoch, made, verdict)
        verdict.leaves += len(part)
        progress("leaves", verdict.leaves)
    _reach(times, epoch, size, verdict)
    if size != epoch.size:
        verdict.note(f"epoch {epoch.epoch}", f"it says {epoch.size} leaves, and there are {size}")
    tiles = session.execute(
        select(func.count(), func.coalesce(func.sum(func.length(_TILES.c.hashes)), 0)).where(
            _TILES.c.epoch == epoch.epoch
        )
    ).one()
    if tuple(tiles) != _expected_tiles(size):
        verdict.note(f"epoch {epoch.epoch}", "its tiles are not those of its leaves: some are missing, or too many")


def _reach(times: Times, epoch: Epoch, index: int, verdict: Verdict) -> None:
    for size, what in times.reach(index):
        verdict.note(f"head {epoch.epoch}/{size}", what)


def _bytes(value: object) -> bytes:
    return value if isinstance(value, bytes) else b""


def _heads(session: Session, epoch: Epoch) -> Sequence[AnyRow]:
    query = select(*as_stored(*_HEADS.c)).where(_HEADS.c.epoch == epoch.epoch)
    return session.execute(query.order_by(_HEADS.c.tree_size)).all()


def _compare_tiles(session: Session, epoch: Epoch, made: dict[TileKey, bytes], verdict: Verdict) -> None:
    stored = tiles_of(session, epoch.epoch)(made)
    for key, hashes in made.items():
        if not _bytes(stored.get(key)).startswith(hashes):
            verdict.note(f"tile {epoch.epoch}/{key.level}/{key.number}", "it does not follow from the leaves")


def _expected_tiles(size: int) -> tuple[int, int]:
    """Return how many tiles a tree has, and how many bytes."""
    tiles = hashes = 0
    while size:
        tiles += (size + TILE_WIDTH - 1) // TILE_WIDTH
        hashes += size
        size //= TILE_WIDTH
    return tiles, hashes * HASH_BYTES


def _verify_heads(session: Session, epoch: Epoch, keys: Keyring, verdict: Verdict, progress: Progress) -> None:
    for signed in _heads(session, epoch):
        place = f"head {epoch.epoch}/{signed.tree_size}"
        progress("heads", verdict.heads)
        verdict.heads += 1
        try:
            head = open_head(signed.note, epoch.origin, head_key(keys, epoch))
            if head.size != signed.tree_size:
                verdict.note(place, "it is the head of another size")
            elif root_of(session, epoch.epoch, head.size) != head.root:
                verdict.note(place, "its root is not that of the leaves")
        except ConsentServiceError as error:
            verdict.note(place, error.detail)
        except _UNREAD as error:
            verdict.note(place, f"it, or its tree, cannot be read: {type(error).__name__}")


def _verify_exported(session: Session, exported: Exported, verdict: Verdict) -> None:
    """Every head that was exported last of a log is kept, save one that a later log follows: its log was lost."""
    followed = [epoch.follows.split("\n")[:3] for epoch in all_epochs(session) if isinstance(epoch.follows, str)]
    for number, note in exported.heads:
        origin, size, root = (*note.split("\n"), "", "", "")[:3]
        if [origin, size, root] in followed:
            continue
        kept = session.scalars(select(*as_stored(_HEADS.c.note)).where(_HEADS.c.epoch == number))
        if not any(isinstance(one, str) and one.split("\n")[:3] == [origin, size, root] for one in kept):
            verdict.note(f"head {number}/{size}", "it was exported, and is not kept here")


def _verify_epochs(session: Session, known: list[int], verdict: Verdict) -> None:
    """Every leaf, tile and head is of a log that is there."""
    for name, column in (("leaves", _LEAVES.c.epoch), ("tiles", _TILES.c.epoch), ("heads", _HEADS.c.epoch)):
        for epoch in session.scalars(select(column).where(column.not_in(known)).distinct()):
            verdict.note(f"epoch {epoch}", f"there are {name} of it, and no such log")


def _verify_places(session: Session, verdict: Verdict) -> None:
    """Every event is one leaf, or waits: never both, never neither."""
    leaf = (_LEAVES.c.operator_id == _EVENTS.c.operator_id) & (_LEAVES.c.event_id == _EVENTS.c.id)
    queued = (_QUEUE.c.operator_id == _EVENTS.c.operator_id) & (_QUEUE.c.event_id == _EVENTS.c.id)
    is_leaf, is_queued = select(_LEAVES.c.epoch).where(leaf).exists(), select(_QUEUE.c.seq).where(queued).exists()
    for event_id in session.scalars(select(*as_stored(_EVENTS.c.id)).where(~is_leaf, ~is_queued)):
        verdict.note(f"event {event_id}", "it is no leaf and does not wait to be one")
    for event_id in session.scalars(select(*as_stored(_EVENTS.c.id)).where(is_leaf, is_queued)):
        verdict.note(f"event {event_id}", "it is a leaf and waits to be one again")
    same = (_EVENTS.c.leaf_input == _QUEUE.c.leaf_input) & (_EVENTS.c.recorded_at == _QUEUE.c.recorded_at)
    event = select(_EVENTS.c.id).where(queued, same).exists()
    for seq in session.scalars(select(*as_stored(_QUEUE.c.seq)).where(~event)):
        verdict.note(f"queue {seq}", "it waits for an event that is not there, or another")
    verdict.waiting = session.scalar(select(func.count()).select_from(_QUEUE)) or 0
