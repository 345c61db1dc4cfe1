"""Records against events: each record that the ledger covers must be the one that an event committed to.

A capability says in which table its records are, which event makes them, what in them that event fixed, and what later
events fixed anew.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Column, ColumnElement, Table, Uuid, select, true
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
    """A record as it is stored now: its id, the streams of its events, and what the events must have said of it.

    The first stream holds the event that made it; what the others say came after that.
    """

    id: Any  # Any: of the column that names the record
    streams: Sequence[UUID]
    fixed: Fixed


Said = Fixed | None


@dataclass(frozen=True, slots=True)
class Covered:
    """One kind of record.

    ``table`` has ``owner_column`` and ``id_column``; ``only`` chooses the rows that an event made.  ``id_fact`` is the
    fact that holds the id, none where the stream itself is the id.  ``records`` reads rows as records; ``said`` returns
    what the event fixed that made it, in the same form; an older event that fixed less leaves names out.  ``amended``
    says by kind what a later event fixed anew, ``None`` where the record is gone since.
    ``destroyed`` is the kind of event, and its fact, that names records which are gone because their term was over.
    """

    name: str
    table: Table
    kind: EventType
    id_fact: str | None
    records: Callable[[UnitOfWork, Sequence[Any]], list[Record]]  # Any: rows of the table
    said: Callable[[Fixed], Fixed]
    only: ColumnElement[bool] = field(default_factory=true)
    amended: Mapping[EventType, Callable[[Fixed, Fixed], Said]] = field(default_factory=dict)
    id_column: str = "id"
    owner_column: str = "operator_id"
    destroyed: tuple[EventType, str] | None = None

    @property
    def id(self) -> Column[Any]:  # Any: of each table
        """The column that names a record."""
        return self.table.c[self.id_column]

    @property
    def owner(self) -> Column[Any]:  # Any: as above
        """The column that names the operator."""
        return self.table.c[self.owner_column]

    def id_in(self, facts: Fixed, stream: UUID) -> object:
        """Return the record that an event tells of."""
        if self.id_fact is None:
            return stream
        said = facts[self.id_fact]
        return UUID(said.rpartition(":")[2]) if isinstance(self.id.type, Uuid) else said


def becomes(**fixed: object) -> Callable[[Fixed, Fixed], Said]:
    """Return what an event of a kind fixes anew, whatever else it says."""
    return lambda said, _facts: said | fixed


def hold_against_events(
    uow: UnitOfWork, covered: Covered, verdict: Verdict, tell: Callable[[int], None] = lambda _count: None
) -> int:
    """Note each record of an operator that no event made, or that an event says otherwise, or that is gone.

    What was emptied on record is left out.  Returns how many records were looked at; ``tell`` is told after each part.
    """
    count = 0
    for records in _parts(uow, covered, verdict):
        told, emptied = _told_in(uow, covered, {stream for record in records for stream in record.streams})
        for record in records:
            said = _said_of(covered, told, record.id, record.streams)
            for what in _wrong_with(record, said, is_emptied=record.streams[0] in emptied):
                verdict.note(f"{covered.name} {record.id}", what)
        count += len(records)
        tell(count)
    destroyed = _destroyed(uow, covered)
    for made in _made(uow, covered):
        missing = set(made) - _known(uow, covered, set(made)) - destroyed
        if not missing:
            continue
        told, _ = _told_in(uow, covered, {made[one] for one in missing})
        for gone in sorted(missing, key=str):
            if _said_of(covered, told, gone, [made[gone]]) is not None:
                verdict.note(f"{covered.name} {gone}", "an event made it, and it is gone")
    return count


def differences(uow: UnitOfWork, covered: Covered, record_id: UUID) -> list[str]:
    """Return where one record is not what its event says; nothing where it fits."""
    verdict = Verdict()
    records = _read(uow, covered, [record_id], verdict)
    for record in records:
        told, emptied = _told_in(uow, covered, set(record.streams))
        said = _said_of(covered, told, record.id, record.streams)
        for what in _wrong_with(record, said, is_emptied=record.streams[0] in emptied):
            verdict.note(covered.name, what)
    if not records:
        verdict.note(covered.name, "it is not there")
    return [problem.what for problem in verdict.problems]


def _parts(uow: UnitOfWork, covered: Covered, verdict: Verdict) -> Iterator[list[Record]]:
    ids: Sequence[Any] = ()  # Any: ids of records
    while True:
        later = covered.id > ids[-1] if ids else true()
        query = select(covered.id).where(covered.owner == uow.operator_id, covered.only, later)
        ids = uow.session.scalars(query.distinct().order_by(covered.id).limit(_PART)).all()
        if not ids:
            return
        yield _read(uow, covered, ids, verdict)


def _read(uow: UnitOfWork, covered: Covered, ids: Sequence[Any], verdict: Verdict) -> list[Record]:  # Any: ids
    """Return the records with these ids; one that holds what nobody could have stored is noted and left out."""
    try:
        rows = uow.session.execute(
            select(covered.table)
            .where(covered.owner == uow.operator_id, covered.only, covered.id.in_(ids))
            .order_by(covered.id)
        ).all()
        return covered.records(uow, rows)
    except UNREADABLE:
        if len(ids) > 1:
            return [record for one in ids for record in _read(uow, covered, [one], verdict)]
        verdict.note(f"{covered.name} {ids[0]}", "it holds what this service never stores")
        return []


def _known(uow: UnitOfWork, covered: Covered, ids: set[Any]) -> set[Any]:  # Any: ids of records
    found = select(covered.id).where(covered.owner == uow.operator_id, covered.only, covered.id.in_(ids))
    return set(uow.session.scalars(found))


def _wrong_with(record: Record, said: Said, *, is_emptied: bool) -> Iterator[str]:
    if said is None:
        yield "what its event said is gone, and it should be gone with it" if is_emptied else "no event made it"
        return
    for name, value in record.fixed.items():
        if name in said and said[name] != value:
            yield f"its {name} is not what the event says"


@dataclass(frozen=True, slots=True)
class _Told:
    kind: EventType
    facts: Fixed
    made: Fixed


_ByPlace = dict[tuple[UUID, object], list[_Told]]


def _told_in(uow: UnitOfWork, covered: Covered, streams: set[UUID]) -> tuple[_ByPlace, set[UUID]]:
    """Return what events of some streams say, by stream and record, and which streams were emptied."""
    rows = uow.session.execute(
        select(_EVENTS.c.stream, _EVENTS.c.kind, _EVENTS.c.body, _EVENTS.c.salt, _EVENTS.c.leaf_input)
        .where(
            _EVENTS.c.operator_id == uow.operator_id,
            _EVENTS.c.stream.in_(streams),
            _EVENTS.c.kind.in_((covered.kind, *covered.amended)),
        )
        .order_by(_EVENTS.c.stream, _EVENTS.c.stream_seq)
    ).all()
    told: defaultdict[tuple[UUID, object], list[_Told]] = defaultdict(list)
    for row in rows:
        body = open_event(row)
        if body is None:
            continue
        with suppress(*UNREADABLE):
            facts = body["facts"]
            made = {"recorded_at": body["at"], "leaf_input": row.leaf_input.hex()}
            told[row.stream, covered.id_in(facts, row.stream)].append(_Told(row.kind, facts, made))
    return told, {row.stream for row in rows if row.body is None}


def _said_of(covered: Covered, told: _ByPlace, record_id: object, streams: Sequence[UUID]) -> Said:
    """Return what all events of a record leave standing; nothing where none made it, or it is gone since."""
    said: Said = None
    for one in (one for stream in streams for one in told.get((stream, record_id), ())):
        with suppress(*UNREADABLE):
            if said is not None and one.kind in covered.amended:
                said = covered.amended[one.kind](said, one.facts)
            elif one.kind == covered.kind:
                said = covered.said(one.facts) | one.made
    return said


def _destroyed(uow: UnitOfWork, covered: Covered) -> set[UUID]:
    """Return the records that an event says were destroyed when their term was over."""
    if covered.destroyed is None:
        return set()
    kind, named = covered.destroyed
    found: set[UUID] = set()
    for row in uow.session.execute(
        select(_EVENTS.c.body, _EVENTS.c.salt, _EVENTS.c.leaf_input).where(
            _EVENTS.c.operator_id == uow.operator_id, _EVENTS.c.kind == kind
        )
    ):
        with suppress(*UNREADABLE):
            body = open_event(row)
            found |= {UUID(one) for one in body["facts"][named]} if body else set()
    return found


def _made(uow: UnitOfWork, covered: Covered) -> Iterator[dict[Any, UUID]]:  # Any: ids of records
    """Return the records that events made, with the stream of each, part by part."""
    rows = uow.session.execute(
        select(_EVENTS.c.stream, _EVENTS.c.body, _EVENTS.c.salt, _EVENTS.c.leaf_input).where(
            _EVENTS.c.operator_id == uow.operator_id, _EVENTS.c.kind == covered.kind, _EVENTS.c.body.is_not(None)
        ),
        execution_options={"yield_per": _PART},
    )
    for part in rows.partitions():
        made = {}
        for row in part:
            with suppress(*UNREADABLE):
                body = open_event(row)
                if body:
                    made[covered.id_in(body["facts"], row.stream)] = row.stream
        yield made
