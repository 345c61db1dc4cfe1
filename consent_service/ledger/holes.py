"""Lawful holes: events that were emptied because the term of the evidence was over, shown from events alone.

An ``evidence_expired`` event names the erasure; the ``erasure_done`` event of that order says whose proof it was and
until when it was to be kept, which is at least three years after the erasure.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from consent_service.kernel.db import table_of
from consent_service.ledger.events import EventType
from consent_service.ledger.opening import Body, open_event
from consent_service.ledger.stored import as_stored
from consent_service.ledger.tables import LedgerEvent

_EVENTS = table_of(LedgerEvent)
_UNREAD = (ValueError, TypeError, AttributeError, LookupError)
SHORTEST_TERM = timedelta(days=3 * 365)
DAY_ENDS = time(18, tzinfo=UTC)  # midnight in Almaty, in winter before 2024: the earliest that it ever is


@dataclass(frozen=True, slots=True)
class Hole:
    """Whose event was emptied, and when."""

    operator_id: int
    stream: UUID
    at: datetime


def lawful_holes(session: Session) -> tuple[dict[bytes, Hole], list[tuple[str, str]]]:
    """Return the leaf inputs whose opening was lawfully destroyed, and each event that says so wrongly."""
    erased = _erasures(session)
    holes, wrong = dict[bytes, Hole](), []
    for operator_id, event_id, body in _bodies(session, EventType.EVIDENCE_EXPIRED):
        try:
            facts, at = body["facts"], datetime.fromisoformat(body["at"])
            leaves = [bytes.fromhex(leaf) for leaf in facts["leaves"]]
            erasure = erased.get((operator_id, facts["order"]))
            said = erasure["facts"] if erasure and "subject" in erasure["facts"] else facts  # older ones left it out
            fault = _wrong_with(erasure, date.fromisoformat(said["evidence_until"]), at)
            if fault is None:
                holes |= dict.fromkeys(leaves, Hole(operator_id, UUID(said["subject"]), at))
        except _UNREAD:
            fault = "it does not say which erasure it rests on"
        if fault:
            wrong.append((f"event {event_id}", fault))
    return holes, wrong


def _wrong_with(erasure: Body | None, until: date, at: datetime) -> str | None:
    """Return why a proof was not to be emptied at an instant; None where its term was over."""
    if erasure is None or "read_back" not in erasure["facts"]["result"]:
        return "it empties the proof of somebody who was not erased on record"
    if datetime.combine(until, DAY_ENDS) < datetime.fromisoformat(erasure["at"]) + SHORTEST_TERM:
        return "the erasure that it names gave the proof less than three years"
    if at < datetime.combine(until, DAY_ENDS):
        return "it empties a proof before its term was over"
    return None


def _erasures(session: Session) -> dict[tuple[int, str], Body]:
    found = {}
    for operator_id, _, body in _bodies(session, EventType.ERASURE_DONE):
        with suppress(*_UNREAD):
            found[operator_id, body["facts"]["order"]] = body
    return found


def _bodies(session: Session, kind: EventType) -> Iterator[tuple[int, UUID, Body]]:
    rows = session.execute(
        select(
            *as_stored(_EVENTS.c.operator_id, _EVENTS.c.id, _EVENTS.c.body, _EVENTS.c.salt, _EVENTS.c.leaf_input)
        ).where(_EVENTS.c.kind == kind, _EVENTS.c.body.is_not(None))
    )
    for row in rows:
        body = open_event(row)
        if body is not None and body.get("kind") == kind and body.get("operator") == row.operator_id:
            yield row.operator_id, row.id, body
