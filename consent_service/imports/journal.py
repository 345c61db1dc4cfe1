"""How far a file was imported, written in the transaction of each batch: no line is taken twice or passed over."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update

from consent_service.imports.lines import FIRST, Line
from consent_service.imports.tables import ConsentImport, RefusedLine
from consent_service.kernel.crypto import blind_index
from consent_service.kernel.db import insert_many, insert_or_skip, table_of
from consent_service.kernel.ids import new_id
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.service import append

_IMPORTS, _REFUSED = table_of(ConsentImport), table_of(RefusedLine)
_LOOKUP = "consent-import"
_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Journal:
    """How far a file was imported."""

    id: UUID
    next_offset: int
    next_line: int
    recorded: int
    known: int
    refused: int
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Refusal:
    """A line that was not imported, and why; no personal data."""

    line: int
    begins_at: int
    ends_at: int
    reasons: Sequence[str]


_COLUMNS = [_IMPORTS.c[name] for name in Journal.__dataclass_fields__]


def begin(uow: UnitOfWork, digest: bytes) -> Journal:
    """Return the journal of a file, begun where there is none.

    Only a keyed digest is kept: that of a file with one line could be held against guesses.
    """
    index = blind_index(uow.keys.derived(_LOOKUP), f"{uow.operator_id}|{digest.hex()}")
    offset, line = FIRST
    uow.session.execute(
        insert_or_skip(uow.session, _IMPORTS).values(
            operator_id=uow.operator_id,
            id=new_id(uow.now),
            file_index=index,
            next_offset=offset,
            next_line=line,
            recorded=0,
            known=0,
            refused=0,
            begun_at=uow.now,
            ended_at=None,
        )
    )
    of_file = select(*_COLUMNS).where(_IMPORTS.c.operator_id == uow.operator_id, _IMPORTS.c.file_index == index)
    return Journal(*uow.session.execute(of_file).one())


def locked(uow: UnitOfWork, import_id: UUID) -> Journal:
    """Return a journal, for this transaction alone."""
    of_import = select(*_COLUMNS).where(_IMPORTS.c.operator_id == uow.operator_id, _IMPORTS.c.id == import_id)
    return Journal(*uow.session.execute(of_import.with_for_update()).one())


def advance(
    uow: UnitOfWork, journal: Journal, last: Line, *, recorded: int, known: int, refused: Sequence[Refusal]
) -> Journal:
    """Write down what became of some lines, in the transaction that recorded them."""
    rows = [
        {
            "operator_id": uow.operator_id,
            "import_id": journal.id,
            "line": one.line,
            "begins_at": one.begins_at,
            "ends_at": one.ends_at,
            "reasons": list(one.reasons),
        }
        for one in refused
    ]
    insert_many(uow.session, _REFUSED, rows)
    return _write(
        uow,
        Journal(
            journal.id,
            last.ends_at,
            last.next_number,
            journal.recorded + recorded,
            journal.known + known,
            journal.refused + len(rows),
            None,
        ),
    )


def finish(uow: UnitOfWork, journal: Journal) -> Journal:
    """Say on record that a file was imported to its end, once."""
    now = locked(uow, journal.id)
    if now.ended_at is not None:
        return now
    counts = {"recorded": now.recorded, "known": now.known, "refused": now.refused}
    append(uow, EventType.CONSENTS_IMPORTED, now.id, {"import": str(now.id), **counts})
    return _write(uow, Journal(now.id, now.next_offset, now.next_line, now.recorded, now.known, now.refused, uow.now))


def refusals(uow: UnitOfWork, import_id: UUID) -> Iterator[Refusal]:
    """Yield the lines that were not imported, in order."""
    last = 0
    while True:
        rows = uow.session.execute(
            select(_REFUSED.c.line, _REFUSED.c.begins_at, _REFUSED.c.ends_at, _REFUSED.c.reasons)
            .where(_REFUSED.c.operator_id == uow.operator_id, _REFUSED.c.import_id == import_id, _REFUSED.c.line > last)
            .order_by(_REFUSED.c.line)
            .limit(_AT_ONCE)
        ).all()
        if not rows:
            return
        yield from (Refusal(*row) for row in rows)
        last = rows[-1].line


def _write(uow: UnitOfWork, journal: Journal) -> Journal:
    values = {name: getattr(journal, name) for name in Journal.__dataclass_fields__ if name != "id"}
    uow.session.execute(
        update(_IMPORTS).where(_IMPORTS.c.operator_id == uow.operator_id, _IMPORTS.c.id == journal.id).values(values)
    )
    return journal
