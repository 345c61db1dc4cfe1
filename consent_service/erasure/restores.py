"""A database that was put back to an earlier day: found before anything is served, answered for on record.

It is found by two things that lie outside it: the head of the ledger that was told last, and the log of erasures.  What
answers for it is an event: that the erasures were carried out again, or that somebody starts without it and why.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select, tuple_

from consent_service.erasure.act_numbers import note_issued
from consent_service.erasure.log import START, ErasureLog, ErasureLogError, Gone, Line, Mark
from consent_service.erasure.restored import check_finished, restore_of
from consent_service.erasure.states import OPEN, OrderState
from consent_service.erasure.tables import ErasureOrder
from consent_service.kernel.db import table_of
from consent_service.kernel.errors import ConsentServiceError, LedgerError
from consent_service.kernel.uow import UNBOUND, UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.opening import last_facts
from consent_service.ledger.publisher import guard
from consent_service.ledger.sealer import lock_epoch
from consent_service.ledger.service import append, operator_stream
from consent_service.ledger.static_files import exported_heads
from consent_service.ledger.tree import current_epoch

_ORDERS = table_of(ErasureOrder)
_AT_ONCE = 500
WHAT_TO_DO = (
    "Put the newer database back; or, if it is lost, run erasure replay, which erases again whoever came back. The "
    "command erasure override --reason starts without that, on record. See docs/erasure.md, After a restore."
)
PUT_BACK = "This database was put back to an earlier day: {what}. Nothing is started. " + WHAT_TO_DO
LOG_LOST = (
    "{what} Whom this database has forgotten to have erased cannot be known without it. Nothing is started. Put the "
    "folder of exported heads back as it was; or, if the log is lost, say so on record: erasure override --reason, "
    "which begins a new one. See docs/erasure.md, After a restore."
)


class PutBackError(ConsentServiceError):
    """The database is older than what was told of it, and nobody has answered for what came back with it."""

    code = "database-put-back"


@dataclass(frozen=True, slots=True)
class Answer:
    """What is on record of the log: up to where it was answered for in this database, and beside which head."""

    mark: Mark
    told: str | None


_CHECKED, _REPLAYED, _OVERRIDDEN = (
    EventType.ERASURE_LOG_CHECKED,
    EventType.ERASURES_REPLAYED,
    EventType.ERASURE_REPLAY_OVERRIDDEN,
)


def check_not_put_back(uow: UnitOfWork, log: ErasureLog, folder: Path) -> None:
    """Refuse a database that is older than the head that was told last, or that misses an erasure of the log.

    Raises:
        PutBackError: It is, and neither a replay nor an override is on record in it; the detail says what to do.
    """
    if restore := restore_of(folder):
        raise PutBackError(PUT_BACK.format(what=f"the backup of {restore.made_at} was restored"))
    try:
        guard(uow.session, uow.keys, current_epoch(uow.session), folder)
    except LedgerError as error:
        told, answered = told_last(folder), _last(uow, _REPLAYED, _OVERRIDDEN)
        if answered is None or answered.told != told:
            raise PutBackError(error.detail if told is None else PUT_BACK.format(what=_what(error))) from error
    try:
        since = _from(log, uow, _last(uow, _CHECKED, _REPLAYED, _OVERRIDDEN))
        missing = sum(len(part) for part in unaccounted(uow, since))
    except ErasureLogError as error:
        raise PutBackError(LOG_LOST.format(what=error.detail)) from error
    if missing:
        raise PutBackError(PUT_BACK.format(what=f"it knows nothing of {missing} erasures that were carried out since"))


def to_replay(uow: UnitOfWork, log: ErasureLog) -> Iterator[Line]:
    """Yield the lines of the log that were not held against this database before; an override does not count.

    Raises:
        ErasureLogError: The log is missing, was cut or altered.
    """
    return _from(log, uow, basis(uow))


def not_done_here(uow: UnitOfWork, erased: Sequence[Gone]) -> list[Gone]:
    """Return the erasures that are not done in this database; what was cancelled never was, see ``unaccounted``."""
    states, over = _orders(uow, erased), {OrderState.DONE, OrderState.CANCELLED}
    return [one for one in erased if (row := states.get(one.order)) is None or row.state not in over]


def basis(uow: UnitOfWork) -> Answer | None:
    """Return from where on erasures are carried out again."""
    return _last(uow, _CHECKED, _REPLAYED)


def unaccounted(uow: UnitOfWork, lines: Iterator[Line]) -> Iterator[list[Gone]]:
    """Yield, part by part, the erasures of which this database does not know that they were carried out.

    One that was written down and then not committed is known: its try has begun, and the worker goes on with it; or it
    was cancelled since, which nothing that was carried out ever is.
    """
    erased = (one for line in lines for one in line.erased)
    while part := list(islice(erased, _AT_ONCE)):
        known = _orders(uow, part)
        yield [one for one in part if not _is_known(known.get(one.order), one)]


def record_check(uow: UnitOfWork, log: ErasureLog, folder: Path) -> int:
    """Hold what was written since the last time against the database, and say so on record; returns how many lines.

    Raises:
        ErasureLogError: The log is missing, was cut or altered.
        PutBackError: Erasures of before a restore were not carried out again.
    """
    answer = basis(uow)
    if answer is None:
        log.begin()
    lines = list(_from(log, uow, answer))
    if any(unaccounted(uow, iter(lines))):
        raise PutBackError(
            "Erasures from before this database was put back are still to be done again: erasure replay."
        )
    if answer is None or lines:
        _record(uow, _CHECKED, lines[-1].mark if lines else START, folder, {})
    return len(lines)


def record_replay(uow: UnitOfWork, mark: Mark, folder: Path, counts: dict[str, int]) -> None:
    """Say on record that everything of the log up to a place was carried out again, as far as it could be."""
    _record(uow, _REPLAYED, mark, folder, {"people": counts})


def override(uow: UnitOfWork, log: ErasureLog, folder: Path, reason: str) -> bool:
    """Let the service start on what is there, on record; True where the log was lost and begins anew.

    What the log holds stays to be replayed.

    Raises:
        ErasureLogError: A restore was broken off.
    """
    check_finished(folder)
    answer, anew = basis(uow), False
    mark = answer.mark if answer else START
    try:
        for line in _from(log, uow, answer):
            mark = line.mark
            note_issued(uow, line.erased)
    except ErasureLogError:
        log.put_aside(uow.now)
        mark, anew = START, True
    if anew:
        _record(uow, _CHECKED, mark, folder, {})
    _record(uow, _OVERRIDDEN, mark, folder, {"reason": reason, "anew": anew})
    return anew


def told_last(folder: Path) -> str | None:
    """Return the text of the head that was told last; cosignatures may be added to it."""
    heads = exported_heads(folder)
    return heads[-1][1].partition("\n\n")[0] if heads else None


def _record(uow: UnitOfWork, kind: EventType, mark: Mark, folder: Path, more: dict[str, Any]) -> None:  # Any: JSON
    lock_epoch(uow)  # whoever appends to the stream of the installation holds it
    place = {name: str(value) for name, value in asdict(mark).items()}
    append(uow, kind, operator_stream(UNBOUND), {"log": place, "told": told_last(folder), **more})


def _last(uow: UnitOfWork, *kinds: EventType) -> Answer | None:
    facts = last_facts(uow.session, operator_stream(UNBOUND), kinds)
    if facts is None:
        return None
    with suppress(ValueError, TypeError, LookupError, AttributeError):
        place = facts["log"]
        mark = Mark(int(place["lines"]), int(place["begins"]), int(place["ends"]), place["sha256"])
        return Answer(mark, facts["told"])
    raise LedgerError("What is on record of the log of erasures cannot be read: run ledger verify.")


def _from(log: ErasureLog, uow: UnitOfWork, answer: Answer | None) -> Iterator[Line]:
    if answer is not None and not log.place.exists():
        raise ErasureLogError(f"The log of erasures {log.place} is missing.")
    return log.read(uow.keys, answer.mark if answer else START)


def _orders(uow: UnitOfWork, erased: Sequence[Gone]) -> dict[UUID, Any]:  # Any: result rows
    rows = uow.session.execute(
        select(_ORDERS.c.id, _ORDERS.c.state, _ORDERS.c.attempts).where(
            tuple_(_ORDERS.c.operator_id, _ORDERS.c.id).in_([(one.operator, one.order) for one in erased])
        )
    )
    return {row.id: row for row in rows}


def _is_known(row: Any, one: Gone) -> bool:  # Any: a result row, or None
    if row is None:
        return False
    if row.state is OrderState.CANCELLED:
        return True
    return row.state is OrderState.DONE or (row.state in OPEN and row.attempts >= one.attempt)


def _what(error: LedgerError) -> str:
    """Return what is wrong, of what the guard says of it and of what it is for."""
    said = error.detail.partition(". ")[0]
    return said.partition(": ")[2] or said
