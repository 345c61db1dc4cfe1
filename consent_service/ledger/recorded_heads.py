"""Heads on record: each head is named by an event, in the log, once the next batch is sealed, so that none can go.

The last head is not named yet; the folder of exports holds it.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import groupby
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from consent_service.kernel.db import table_of
from consent_service.kernel.uow import UNBOUND, UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.opening import Body, open_event
from consent_service.ledger.service import append, instant, operator_stream
from consent_service.ledger.stored import as_stored
from consent_service.ledger.tables import LedgerEpoch, LedgerEvent, LedgerHead

_EVENTS, _HEADS, _EPOCHS = table_of(LedgerEvent), table_of(LedgerHead), table_of(LedgerEpoch)
_AT_ONCE = 1000
_UNREAD = (ValueError, TypeError, AttributeError, LookupError)


def record_heads(uow: UnitOfWork) -> None:
    """Append an event that names the heads which none names yet.  The caller holds the lock of the log."""
    row = uow.session.execute(_recorded().order_by(_EVENTS.c.stream_seq.desc()).limit(1)).first()
    facts = (open_event(row) or {"facts": None})["facts"] if row else None
    query = select(_HEADS.c.epoch, _HEADS.c.tree_size, _HEADS.c.note, _HEADS.c.signed_at, _EPOCHS.c.opened_at).join(
        _EPOCHS, _EPOCHS.c.epoch == _HEADS.c.epoch
    )
    if facts:
        epoch, size = facts["epoch"], int(facts["heads"][-1]["size"])
        query = query.where(or_(_HEADS.c.epoch > epoch, and_(_HEADS.c.epoch == epoch, _HEADS.c.tree_size > size)))
    rows = uow.session.execute(query.order_by(_HEADS.c.epoch, _HEADS.c.tree_size).limit(_AT_ONCE)).all()
    for number, heads in groupby(rows, lambda row: row.epoch):
        named = list(heads)
        append(
            uow,
            EventType.HEADS_SIGNED,
            operator_stream(UNBOUND),
            {"epoch": number, "opened_at": instant(named[0].opened_at), "heads": [_named(row) for row in named]},
        )


def wrong_with_heads(session: Session) -> Iterator[tuple[str, str]]:
    """Yield each head that is gone, or is not what the event that names it says: its place, and what is wrong."""
    heads = {(row.epoch, row.tree_size): row for row in session.execute(select(*as_stored(*_HEADS.c)))}
    opened = {row.epoch: row.opened_at for row in session.execute(select(*as_stored(*_EPOCHS.c)))}
    named = set()
    bodies = [open_event(row) for row in session.execute(_recorded().order_by(_EVENTS.c.stream_seq))]
    for body in filter(None, bodies):
        with suppress(*_UNREAD):
            epoch = body["facts"]["epoch"]
            if not _is(opened.get(epoch), body["facts"]["opened_at"]):
                yield f"epoch {epoch}", "it was opened at another time than an event says"
            for head in body["facts"]["heads"]:
                place = epoch, int(head["size"])
                named.add(place)
                yield from _wrong_with(place, heads.get(place), head)
    for place in sorted(place for place in heads if named and _is_before(place, max(named)) and place not in named):
        yield f"head {place[0]}/{place[1]}", "no event names it"


def _wrong_with(place: tuple[int, int], row: Any, head: Body) -> Iterator[tuple[str, str]]:  # Any: a row, or None
    name = f"head {place[0]}/{place[1]}"
    if row is None:
        yield name, "an event names it, and it is gone"
    elif not _is(row.signed_at, head["signed_at"]):
        yield name, "it was signed at another time than an event says"
    elif not isinstance(row.note, str) or row.note.split("\n")[:3] != head["text"].split("\n")[:3]:
        yield name, "an event names another head of this size"


def _is_before(place: Sequence[Any], last: tuple[int, int]) -> bool:  # Any: integers, or what cannot be read
    return all(isinstance(part, int) for part in place) and tuple(place) <= last


def _is(at: Any, said: str) -> bool:  # Any: an instant, or what cannot be read
    try:
        return instant(at) == said
    except _UNREAD:
        return False


def _named(row: Any) -> dict[str, str]:  # Any: a row of heads
    return {
        "size": str(row.tree_size),
        "text": row.note.partition("\n\n")[0] + "\n",
        "signed_at": instant(row.signed_at),
    }


def _recorded() -> Any:  # Any: a statement of these three columns
    return select(*as_stored(_EVENTS.c.body, _EVENTS.c.salt, _EVENTS.c.leaf_input)).where(
        _EVENTS.c.operator_id == UNBOUND,
        _EVENTS.c.stream == operator_stream(UNBOUND),
        _EVENTS.c.kind == EventType.HEADS_SIGNED,
    )
