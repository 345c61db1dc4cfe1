"""The clock log of a case: every entry that a date rests on or was moved by, with author, time and reason."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select

from consent_service.duties.states import STARTING, ClockKind, Moment
from consent_service.duties.tables import ClockEntry
from consent_service.kernel.db import table_of
from consent_service.kernel.sealed_columns import SealedColumn
from consent_service.kernel.uow import UnitOfWork
from consent_service.subjects.service import keep_note, lock_by_id, open_notes

_ENTRIES = table_of(ClockEntry)
REASON = SealedColumn(_ENTRIES.c.reason_sealed)


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry to be written.  ``facts`` holds dates and codes, nothing personal; ``reason`` is sealed."""

    kind: ClockKind
    at: datetime
    moment: Moment | None = None
    reason: str | None = None
    facts: Mapping[str, Any] | None = None  # Any: JSON values


@dataclass(frozen=True, slots=True)
class EntryView:
    """An entry as shown.  ``has_reason``: one was given, though its words may have gone with the person."""

    seq: int
    kind: ClockKind
    moment: Moment | None
    at: datetime
    author: str
    reason: str | None
    has_reason: bool
    facts: Mapping[str, Any]  # Any: JSON values
    recorded_at: datetime


def log(
    uow: UnitOfWork, case_kind: str, case_id: UUID, entries: Sequence[Entry], *, subject_id: UUID | None = None
) -> None:
    """Write entries in their order; the caller holds the lock of the case, and of the person whose case it is.

    Reasons in the case of a person are words about them: they are sealed under the person's key, and of somebody who
    was erased none is kept.
    """
    person = lock_by_id(uow, subject_id) if subject_id and any(entry.reason for entry in entries) else None
    last = uow.session.scalar(
        select(func.max(_ENTRIES.c.seq)).where(_ENTRIES.c.operator_id == uow.operator_id, _ENTRIES.c.case_id == case_id)
    )
    rows = []
    for seq, entry in enumerate(entries, start=(last or 0) + 1):
        if entry.reason and person is not None:
            keep_note(uow, person, case_id, _note(seq), entry.reason)
        own = entry.reason.encode() if entry.reason and subject_id is None else None
        rows.append(
            {
                "operator_id": uow.operator_id,
                "case_id": case_id,
                "seq": seq,
                "case_kind": case_kind,
                "kind": entry.kind,
                "moment": entry.moment,
                "at": entry.at,
                "author": str(uow.actor),
                "reason_sealed": REASON.seal(uow, own, case_id, seq) if own else None,
                "reason_of": subject_id if entry.reason else None,
                "facts": dict(entry.facts or {}),
                "recorded_at": uow.now,
            }
        )
    uow.session.execute(insert(_ENTRIES), rows)


def entries_of(uow: UnitOfWork, case_id: UUID) -> list[EntryView]:
    """Return the log of a case from its beginning."""
    rows = uow.session.execute(
        select(_ENTRIES)
        .where(_ENTRIES.c.operator_id == uow.operator_id, _ENTRIES.c.case_id == case_id)
        .order_by(_ENTRIES.c.seq)
    ).all()
    people = {row.reason_of for row in rows if row.reason_of is not None}
    notes = {subject_id: open_notes(uow, subject_id, case_id) for subject_id in people}
    return [
        EntryView(
            row.seq,
            row.kind,
            row.moment,
            row.at,
            row.author,
            _reason(uow, case_id, row) if row.reason_of is None else notes[row.reason_of].get(_note(row.seq)),
            row.reason_sealed is not None or row.reason_of is not None,
            row.facts,
            row.recorded_at,
        )
        for row in rows
    ]


def moments_of(uow: UnitOfWork, case_ids: Sequence[UUID]) -> dict[tuple[UUID, Moment], datetime]:
    """Return when each moment of some cases was, by the last entry about it."""
    rows = uow.session.execute(
        select(_ENTRIES.c.case_id, _ENTRIES.c.moment, _ENTRIES.c.at)
        .where(
            _ENTRIES.c.operator_id == uow.operator_id,
            _ENTRIES.c.case_id.in_(case_ids),
            _ENTRIES.c.kind.in_(STARTING),
        )
        .order_by(_ENTRIES.c.case_id, _ENTRIES.c.seq)
    )
    return {(row.case_id, row.moment): row.at for row in rows}


def _note(seq: int) -> str:
    return f"clock{seq:06}"


def _reason(uow: UnitOfWork, case_id: UUID, row: Any) -> str | None:  # Any: a result row
    if row.reason_sealed is None:
        return None
    return REASON.open(uow, row.reason_sealed, case_id, row.seq).decode()
