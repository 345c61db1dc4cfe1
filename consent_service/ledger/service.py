"""``append()`` and ``append_all()``: the only writers of events, in the transaction of the caller."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update

from consent_service.kernel.db import insert_many, table_of, write_instant
from consent_service.kernel.errors import TryAgainError
from consent_service.kernel.ids import new_id
from consent_service.kernel.rows_together import RowsTogether
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.acting import STAFF, staff_in
from consent_service.ledger.events import EventType
from consent_service.ledger.leaf import make_leaf
from consent_service.ledger.tables import LedgerEvent

_EVENTS = table_of(LedgerEvent)
# A transaction that stood still for longer is not committed: a head may have been signed without its events, later
# than they say that they happened.
COMMIT_WITHIN = timedelta(minutes=4)
_APPENDED_AT = "ledger_appended_at"


def operator_stream(operator_id: int) -> UUID:
    """Return the stream of an operator's own events."""
    return UUID(int=operator_id)


@dataclass(frozen=True, slots=True)
class Appended:
    """An event that was appended: its id, and the leaf input that commits to it."""

    id: UUID
    leaf_input: bytes


def append(uow: UnitOfWork, kind: EventType, stream: UUID, facts: Mapping[str, object]) -> Appended:
    """Append one event.

    The caller holds the lock of the stream (the row of the person, case or operator), so that the sequence has no gap.
    ``facts`` holds no personal data: references, digests, dates and choices.
    """
    last = uow.session.execute(
        select(_EVENTS.c.stream_seq, _EVENTS.c.leaf_input)
        .where(_EVENTS.c.operator_id == uow.operator_id, _EVENTS.c.stream == stream)
        .order_by(_EVENTS.c.stream_seq.desc())
        .limit(1)
    ).first()
    row = _row(uow, kind, stream, facts, (last.stream_seq, last.leaf_input) if last else (0, None))
    uow.session.execute(insert(_EVENTS).values(row))
    uow.session.info[_APPENDED_AT] = uow.now
    return Appended(row["id"], row["leaf_input"])


def append_all(
    uow: UnitOfWork,
    kind: EventType,
    events: Sequence[tuple[UUID, Mapping[str, object]]],
    *,
    begins: bool = False,
    into: RowsTogether | None = None,
) -> list[bytes]:
    """Append one event each to many streams, by two statements: the same rows as ``append()`` writes one by one.

    Returns the leaf inputs in the same order.  A stream may come more than once.  ``begins``: each event is the first
    of its stream, so nothing is looked up.  ``into``: the caller writes the rows with its own, in this transaction.
    """
    if not events:
        return []
    last = {} if begins else _last_of(uow, {stream for stream, _ in events})
    rows = []
    for stream, facts in events:
        row = _row(uow, kind, stream, facts, last.get(stream, (0, None)))
        last[stream] = (row["stream_seq"], row["leaf_input"])
        rows.append(row)
    if into is None:
        insert_many(uow.session, _EVENTS, rows)
    else:
        into.add(_EVENTS, rows)
    uow.session.info[_APPENDED_AT] = uow.now
    return [row["leaf_input"] for row in rows]


def _last_of(uow: UnitOfWork, streams: Collection[UUID]) -> dict[UUID, tuple[int, bytes | None]]:
    rows = uow.session.execute(
        select(_EVENTS.c.stream, _EVENTS.c.stream_seq, _EVENTS.c.leaf_input)
        .where(_EVENTS.c.operator_id == uow.operator_id, _EVENTS.c.stream.in_(streams))
        .order_by(_EVENTS.c.stream, _EVENTS.c.stream_seq)
    )
    return {row.stream: (row.stream_seq, row.leaf_input) for row in rows}


def _row(
    uow: UnitOfWork,
    kind: EventType,
    stream: UUID,
    facts: Mapping[str, object],
    last: tuple[int, bytes | None],
) -> dict[str, Any]:  # Any: column values
    event_id = new_id(uow.now)
    seq, prev = last[0] + 1, last[1]
    leaf = make_leaf(
        {
            "id": str(event_id),
            "kind": str(kind),
            "operator": uow.operator_id,
            "stream": str(stream),
            "stream_seq": seq,
            "prev": prev.hex() if prev else None,
            "at": instant(uow.now),
            "actor": str(uow.actor),
            "facts": dict(facts),
        }
    )
    return {
        "operator_id": uow.operator_id,
        "id": event_id,
        "stream": stream,
        "stream_seq": seq,
        "prev": prev,
        "kind": kind,
        "body": leaf.body,
        "salt": leaf.salt,
        "leaf_input": leaf.leaf_input,
        "recorded_at": uow.now,
        "staff_id": staff_in(str(uow.actor)) if uow.actor.kind == STAFF else None,
    }


def check_fresh(uow: UnitOfWork, now: datetime) -> None:
    """Refuse to commit events of a transaction that stood still, on a node that was frozen or for a lock.

    Raises:
        TryAgainError: The caller has to try again; nothing is stored.
    """
    if uow.session.info.get(_APPENDED_AT) == uow.now and now - uow.now > COMMIT_WITHIN:
        raise TryAgainError("This took too long to be recorded with its true time. Nothing was stored; send it again.")


def expire_openings(uow: UnitOfWork, stream: UUID) -> list[str]:
    """Destroy body and salt of a person's events once the evidence term is over; the leaves stay.

    Returns their leaf inputs in hexadecimal: random numbers to everybody now, by which a lawful hole is told from a
    lost row.
    """
    gone = uow.session.scalars(
        update(_EVENTS)
        .where(
            _EVENTS.c.operator_id == uow.operator_id,
            _EVENTS.c.stream == stream,
            _EVENTS.c.expired_at.is_(None),
        )
        .values(body=None, salt=None, expired_at=uow.now)
        .returning(_EVENTS.c.leaf_input)
    )
    return sorted(leaf.hex() for leaf in gone)


def instant(at: datetime) -> str:
    """Write an instant as RFC 3339 in UTC with microseconds."""
    return write_instant(at)
