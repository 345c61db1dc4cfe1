"""The proof of one event: what it says, the salt that opens its leaf, and the path from the leaf to a signed head."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select

from consent_service.kernel.db import table_of
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.anchors import cosigned
from consent_service.ledger.merkle import inclusion_proof
from consent_service.ledger.opening import open_event
from consent_service.ledger.tables import LedgerEvent
from consent_service.ledger.tree import MERGE_DELAY, find_epoch, find_place, last_head, tiles_of

_EVENTS = table_of(LedgerEvent)


@dataclass(frozen=True, slots=True)
class Inclusion:
    """Where an event stands in a log, and the path that shows it: hashes from the leaf up, and the signed head."""

    origin: str
    leaf_index: int
    tree_size: int
    path: list[str]
    head: str


@dataclass(frozen=True, slots=True)
class EventProof:
    """An event in its canonical bytes, as text, with the salt of its leaf (hexadecimal).

    ``inclusion`` is None until a head is signed over it, at the latest at ``promised_by``.
    """

    body: str
    salt: str
    leaf_input: str
    promised_by: datetime
    inclusion: Inclusion | None


def prove_events(uow: UnitOfWork, stream: UUID) -> list[EventProof]:
    """Return the proofs of a stream's events in their order; emptied ones have none."""
    return [_proof(uow, row) for row in uow.session.execute(_opened(uow, stream).order_by(_EVENTS.c.stream_seq)).all()]


def prove_leaf(uow: UnitOfWork, stream: UUID, leaf_input: bytes) -> EventProof | None:
    """Return the proof of the event of a stream with this leaf input; None once it was emptied."""
    row = uow.session.execute(_opened(uow, stream).where(_EVENTS.c.leaf_input == leaf_input)).first()
    return _proof(uow, row) if row else None


def find_inclusion(uow: UnitOfWork, stream: UUID, leaf_input: bytes) -> Inclusion | None:
    """Return where the event of a stream with this leaf input stands; None where it waits, or there is none."""
    event_id = uow.session.scalar(
        select(_EVENTS.c.id).where(
            _EVENTS.c.operator_id == uow.operator_id, _EVENTS.c.stream == stream, _EVENTS.c.leaf_input == leaf_input
        )
    )
    return _inclusion(uow, event_id) if event_id else None


@dataclass(frozen=True, slots=True)
class Said:
    """What an event said, and when; ``is_emptied`` where its opening was destroyed with the evidence."""

    is_emptied: bool
    at: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)  # Any: JSON values


def said_at(uow: UnitOfWork, stream: UUID, leaf_input: bytes) -> Said | None:
    """Return what the event of a stream with this leaf input said; None where there is none, or it was altered."""
    row = uow.session.execute(
        select(_EVENTS.c.body, _EVENTS.c.salt, _EVENTS.c.leaf_input).where(
            _EVENTS.c.operator_id == uow.operator_id, _EVENTS.c.stream == stream, _EVENTS.c.leaf_input == leaf_input
        )
    ).first()
    if row is None:
        return None
    if row.body is None and row.salt is None:
        return Said(is_emptied=True)
    body = open_event(row)
    return None if body is None else Said(is_emptied=False, at=body["at"], facts=body["facts"])


def proof_text(inclusion: Inclusion, salt: str) -> str:
    """Return an inclusion in the form of a C2SP tlog-proof; the extra line is the salt."""
    path = "".join(f"{base64.b64encode(bytes.fromhex(one)).decode()}\n" for one in inclusion.path)
    extra = base64.b64encode(bytes.fromhex(salt)).decode()
    return f"c2sp.org/tlog-proof@v1\nextra {extra}\nindex {inclusion.leaf_index}\n{path}\n{inclusion.head}"


def _opened(uow: UnitOfWork, stream: UUID) -> Select[Any]:  # Any: the columns of an event
    return select(_EVENTS.c.id, _EVENTS.c.body, _EVENTS.c.salt, _EVENTS.c.leaf_input, _EVENTS.c.recorded_at).where(
        _EVENTS.c.operator_id == uow.operator_id, _EVENTS.c.stream == stream, _EVENTS.c.body.is_not(None)
    )


def _proof(uow: UnitOfWork, row: Any) -> EventProof:  # Any: a result row
    return EventProof(
        body=row.body.decode(),
        salt=row.salt.hex(),
        leaf_input=row.leaf_input.hex(),
        promised_by=row.recorded_at + MERGE_DELAY,
        inclusion=_inclusion(uow, row.id),
    )


def _inclusion(uow: UnitOfWork, event_id: UUID) -> Inclusion | None:
    place = find_place(uow.session, uow.operator_id, event_id)
    if place is None:
        return None
    epoch, head = find_epoch(uow.session, place.epoch), last_head(uow.session, place.epoch)
    if epoch is None or head is None or head.tree_size <= place.leaf_index:
        return None
    path = inclusion_proof(place.leaf_index, head.tree_size, tiles_of(uow.session, place.epoch))
    note = cosigned(uow.session, place.epoch, head).note
    return Inclusion(epoch.origin, place.leaf_index, head.tree_size, [one.hex() for one in path], note)
