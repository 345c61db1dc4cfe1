"""Records against events: each record that the ledger covers must be the one that an event committed to.

A capability says in which table its records are, which event makes them, and what in them that event fixed.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Table, select, true
from sqlalchemy.exc import SQLAlchemyError

from consent_service.kernel.db import table_of
from consent_service.kernel.errors import ConsentServiceError
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.opening import open_event
from consent_service.ledger.tables import LedgerEvent
from consent_service.ledger.verifying import Verdict

_EVENTS = table_of(LedgerEvent)
_PART = 500
Fixed = dict[str, Any]  # Any: JSON values, as the event has them
# What reading a row raises that holds what nobody could have stored.
UNREADABLE = (ValueError, KeyError, TypeError, AttributeError, SQLAlchemyError, ConsentServiceError)


@dataclass(frozen=True, slots=True)
class Record:
    """A record as it is stored now: its id, the stream of its events, and what the event must have said of it."""

    id: UUID
    stream: UUID
    fixed: Fixed


@dataclass(frozen=True, slots=True)
class Covered:
    """One kind of record.

    ``table`` has ``operator_id`` and ``id``; ``only`` chooses the rows that an event made.  ``id_fact`` is the fact
    that holds the id.  ``records`` reads rows as records; ``said`` returns what an event fixed, in the same form; an
    older event that fixed less leaves names out.  ``amended`` says by kind what a later event fixed anew.
    """

    name: str
    table: Table
    kind: EventType
    id_fact: str
    records: Callable[[UnitOfWork, Sequence[Any]], list[Record]]  # Any: rows of the table
    said: Callable[[Fixed], Fixed]
    only: ColumnElement[bool]
    amended: Mapping[EventType, Callable[[Fixed, Fixed], Fixed]] = field(default_factory=dict)


def hold_against_events(uow: UnitOfWork, covered: Covered, verdict: Verdict) -> int:
    """Note each record of an operator that no event made, or that an event says otherwise, or that is gone.

    What was emptied on record is left out.  Returns how many records were looked at.
    """
    count = 0
    for records in _parts(uow, covered, verdict):
        made, emptied = _made_in(uow, covered, {record.stream for record in records})
        for record in records:
            said = made.get((record.id, record.stream))
            for what in _wrong_with(record, said, is_emptied=record.stream in emptied):
                verdict.note(f"{covered.name} {record.id}", what)
        count += len(records)
    for ids in _made(uow, covered):
        for gone in sorted(ids - _known(uow, covered, ids)):
            verdict.note(f"{covered.name} {gone}", "an event made it, and it is gone")
    return count


def differences(uow: UnitOfWork, covered: Covered, record_id: UUID) -> list[str]:
    """Return where one record is not what its event says; nothing where it fits."""
    verdict = Verdict()
    records = _read(uow, covered, [record_id], verdict)
    for record in records:
        made, emptied = _made_in(uow, covered, {record.stream})
        said = made.get((record.id, record.stream))
        for what in _wrong_with(record, said, is_emptied=record.stream in emptied):
            verdict.note(covered.name, what)
    if not records:
        verdict.note(covered.name, "it is not there")
    return [problem.what for problem in verdict.problems]


def _parts(uow: UnitOfWork, covered: Covered, verdict: Verdict) -> Iterator[list[Record]]:
    columns = covered.table.c
    ids: Sequence[UUID] = ()
    while True:
        later = columns.id > ids[-1] if ids else true()
        query = select(columns.id).where(columns.operator_id == uow.operator_id, covered.only, later)
        ids = uow.session.scalars(query.order_by(columns.id).limit(_PART)).all()
        if not ids:
            return
        yield _read(uow, covered, ids, verdict)


def _read(uow: UnitOfWork, covered: Covered, ids: Sequence[UUID], verdict: Verdict) -> list[Record]:
    """Return the records with these ids; one that holds what nobody could have stored is noted and left out."""
    columns = covered.table.c
    try:
        rows = uow.session.execute(
            select(covered.table)
            .where(columns.operator_id == uow.operator_id, columns.id.in_(ids))
            .order_by(columns.id)
        ).all()
        return covered.records(uow, rows)
    except UNREADABLE:
        if len(ids) > 1:
            return [record for one in ids for record in _read(uow, covered, [one], verdict)]
        verdict.note(f"{covered.name} {ids[0]}", "it holds what this service never stores")
        return []


def _known(uow: UnitOfWork, covered: Covered, ids: set[UUID]) -> set[UUID]:
    columns = covered.table.c
    return set(
        uow.session.scalars(
            select(columns.id).where(columns.operator_id == uow.operator_id, covered.only, columns.id.in_(ids))
        )
    )


def _wrong_with(record: Record, said: Fixed | None, *, is_emptied: bool) -> Iterator[str]:
    if said is None:
        yield "what its event said is gone, and it should be gone with it" if is_emptied else "no event made it"
        return
    for name, value in record.fixed.items():
        if name in said and said[name] != value:
            yield f"its {name} is not what the event says"


def _made_in(uow: UnitOfWork, covered: Covered, streams: set[UUID]) -> tuple[dict[tuple[UUID, UUID], Fixed], set[UUID]]:
    """Return what events of some streams fixed, by record and stream, and which streams were emptied."""
    rows = uow.session.execute(
        select(_EVENTS.c.stream, _EVENTS.c.kind, _EVENTS.c.body, _EVENTS.c.salt, _EVENTS.c.leaf_input)
        .where(
            _EVENTS.c.operator_id == uow.operator_id,
            _EVENTS.c.stream.in_(streams),
            _EVENTS.c.kind.in_((covered.kind, *covered.amended)),
        )
        .order_by(_EVENTS.c.stream, _EVENTS.c.stream_seq)
    ).all()
    made: dict[tuple[UUID, UUID], Fixed] = {}
    for row in rows:
        body = open_event(row)
        if body is None:
            continue
        with suppress(*UNREADABLE):
            facts = body["facts"]
            place = UUID(facts[covered.id_fact]), row.stream
            if row.kind == covered.kind:
                made[place] = covered.said(facts) | {"recorded_at": body["at"], "leaf_input": row.leaf_input.hex()}
            elif place in made:
                made[place] = covered.amended[row.kind](made[place], facts)
    return made, {row.stream for row in rows if row.body is None}


def _made(uow: UnitOfWork, covered: Covered) -> Iterator[set[UUID]]:
    rows = uow.session.execute(
        select(_EVENTS.c.body, _EVENTS.c.salt, _EVENTS.c.leaf_input).where(
            _EVENTS.c.operator_id == uow.operator_id, _EVENTS.c.kind == covered.kind, _EVENTS.c.body.is_not(None)
        ),
        execution_options={"yield_per": _PART},
    )
    for part in rows.partitions():
        ids = set()
        for row in part:
            with suppress(*UNREADABLE):
                body = open_event(row)
                if body:
                    ids.add(UUID(body["facts"][covered.id_fact]))
        yield ids
