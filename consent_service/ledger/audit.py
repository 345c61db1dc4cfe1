"""What was recorded at an operator, the latest first: by kind, by who of the staff did it, between two instants."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select, union_all

from consent_service.kernel.cursors import read_cursor, write_cursor
from consent_service.kernel.db import table_of
from consent_service.kernel.ids import first_id
from consent_service.kernel.uow import UNBOUND, UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.opening import open_event
from consent_service.ledger.tables import LedgerEvent

_EVENTS = table_of(LedgerEvent)
_COLUMNS = tuple(_EVENTS.c[name] for name in ("id", "stream", "kind", "body", "salt", "leaf_input", "recorded_at"))


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which events are asked for; ``accounts`` are members of staff whose own events count, too."""

    kinds: Collection[EventType] = ()
    staff_id: UUID | None = None
    from_at: datetime | None = None
    to_at: datetime | None = None
    accounts: Collection[UUID] = ()


@dataclass(frozen=True, slots=True)
class Recorded:
    """One event; ``actor`` is None and ``facts`` are empty where it was emptied once the evidence term was over."""

    id: UUID
    kind: EventType
    at: datetime
    stream: UUID
    actor: str | None
    facts: Mapping[str, Any] = field(default_factory=dict)  # Any: JSON values


def last_recorded_at(uow: UnitOfWork, *, besides: Collection[EventType]) -> datetime | None:
    """Return when anything was last recorded at the operator, besides some kinds; None where nothing was."""
    query = select(_EVENTS.c.recorded_at).where(
        _EVENTS.c.operator_id == uow.operator_id, _EVENTS.c.kind.not_in([str(kind) for kind in besides])
    )
    return uow.session.scalar(query.order_by(_EVENTS.c.id.desc()).limit(1))


def list_recorded(
    uow: UnitOfWork, wanted: AuditFilter, *, limit: int, cursor: str | None
) -> tuple[list[Recorded], str | None]:
    """Return a page of events, the latest first, and the cursor of the next; None on the last.

    Ids are ordered by their instants, so each part is read along an index and stops after a page.

    Raises:
        InvalidInputError: The cursor is not one of ours.
    """
    last = None if cursor is None else read_cursor(cursor)[1]
    between = tuple(_between(wanted, last))
    parts = [
        select(_EVENTS.c.operator_id, _EVENTS.c.id)
        .where(*where, *between)
        .order_by(_EVENTS.c.id.desc())
        .limit(limit + 1)
        .subquery()
        for where in _parts(uow.operator_id, wanted)
    ]
    chosen = union_all(*(select(part) for part in parts)).subquery()
    is_chosen = (_EVENTS.c.operator_id == chosen.c.operator_id) & (_EVENTS.c.id == chosen.c.id)
    rows = uow.session.execute(
        select(*_COLUMNS).join_from(chosen, _EVENTS, is_chosen).order_by(_EVENTS.c.id.desc()).limit(limit + 1)
    ).all()
    page = [_recorded(row) for row in rows[:limit]]
    return page, write_cursor(page[-1].at, page[-1].id) if len(rows) > limit else None


def _between(wanted: AuditFilter, last: UUID | None) -> Iterator[ColumnElement[bool]]:
    if wanted.from_at is not None:
        yield _EVENTS.c.id >= first_id(wanted.from_at)
    if wanted.to_at is not None:
        yield _EVENTS.c.id < first_id(wanted.to_at)
    if last is not None:
        yield _EVENTS.c.id < last


def _parts(operator_id: int, wanted: AuditFilter) -> Iterator[tuple[ColumnElement[bool], ...]]:
    """Return what to read one by one, each along one index: the operator's own events, and those of accounts."""
    mine = _EVENTS.c.operator_id == operator_id
    of_kinds = (_EVENTS.c.kind.in_(wanted.kinds),) if wanted.kinds else ()
    if wanted.staff_id is not None:
        yield mine, _EVENTS.c.staff_id == wanted.staff_id, *of_kinds
    elif wanted.kinds:
        for kind in wanted.kinds:
            yield mine, _EVENTS.c.kind == kind
    else:
        yield (mine,)
    accounts = [one for one in wanted.accounts if wanted.staff_id in (None, one)]
    if accounts:
        yield _EVENTS.c.operator_id == UNBOUND, _EVENTS.c.stream.in_(accounts), *of_kinds


def _recorded(row: Any) -> Recorded:  # Any: a row of an event
    body = open_event(row)
    if body is None:
        return Recorded(row.id, row.kind, row.recorded_at, row.stream, None)
    return Recorded(row.id, row.kind, row.recorded_at, row.stream, str(body["actor"]), body["facts"])
