"""Importing a file: batch by batch, each in one transaction with the journal, from where the last run stopped."""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager

from sqlalchemy.exc import DBAPIError

from consent_service.deadlines.working_days import Calendar
from consent_service.imports.batches import Told, Understand, record_batch, sort_out, understood
from consent_service.imports.journal import Journal, Refusal, begin, finish, locked
from consent_service.imports.lines import FIRST, read_lines
from consent_service.imports.source import Source
from consent_service.kernel.db import plan_anew
from consent_service.kernel.errors import ConflictError, TryAgainError
from consent_service.kernel.ids import new_id
from consent_service.kernel.pauses import without_long_pauses
from consent_service.kernel.uow import UnitOfWork

# Of one batch: long enough for COPY, short enough for whoever waits and for memory.
MOST_LINES, MOST_ANSWERS, MOST_BYTES = 1000, 5000, 8 << 20
PAUSES = (0.1, 0.2, 0.5, 1, 2, 4)  # seconds before a batch is tried again
Begin = Callable[[], AbstractContextManager[UnitOfWork]]
Tell = Callable[[int, int], None]


@without_long_pauses()
def import_file(write: Begin, source: Source, understand: Understand, calendar: Calendar, tell: Tell) -> Journal:
    """Import a file to its end; what was imported of it before is passed over.

    Args:
        write: Begins a transaction of the operator.
        source: The file.
        understand: Says what the content of a line means, or raises InvalidInputError.
        calendar: For terms of consents.
        tell: Is told the line and the byte that were reached.

    Raises:
        ConflictError: The file changes, or another process imports it.
        TryAgainError: The database does not answer, or others hold the same people for long.
    """
    with write() as uow:
        journal = begin(uow, source.digest)
    if journal.ended_at is not None:
        return journal
    for told in _ahead(_batches(source, journal.next_offset, journal.next_line, understand)):
        source.check_same()
        journal = _record(write, journal, told, calendar)
        tell(journal.next_line, journal.next_offset)
    with write() as uow:
        return finish(uow, journal)


def try_file(read: Begin, source: Source, understand: Understand, calendar: Calendar, tell: Tell) -> "Tried":
    """Hold every line of a file against the documents, and change nothing."""
    tried = Tried()
    for told in _batches(source, *FIRST, understand):
        with read() as uow:
            fitting, refused = sort_out(uow, new_id(uow.now), told, calendar)
        tried.add(len(fitting), refused)
        tell(told[-1].line.number, told[-1].line.ends_at)
    return tried


class Tried:
    """How many lines would be imported, and the first of those that would not."""

    MOST = 1000

    def __init__(self) -> None:
        self.fitting = self.refused = 0
        self.first: list[Refusal] = []

    def add(self, fitting: int, refused: Sequence[Refusal]) -> None:
        """Count some lines."""
        self.fitting += fitting
        self.refused += len(refused)
        self.first += refused[: self.MOST - len(self.first)]


def _ahead(batches: Iterator[list[Told]]) -> Iterator[list[Told]]:
    """Yield batches, each of which is read while the database works on the one before."""
    with ThreadPoolExecutor(1) as reader:
        coming = reader.submit(next, batches, None)
        while (batch := coming.result()) is not None:
            coming = reader.submit(next, batches, None)
            yield batch


def _batches(source: Source, offset: int, number: int, understand: Understand) -> Iterator[list[Told]]:
    batch: list[Told] = []
    answers = 0
    for line in read_lines(source, offset, number):
        told = understood(line, understand)
        batch.append(told)
        answers += len(told.said[0].answers) if told.said else 0
        size = line.ends_at - batch[0].line.begins_at
        if len(batch) >= MOST_LINES or answers >= MOST_ANSWERS or size >= MOST_BYTES:
            yield batch
            batch, answers = [], 0
    if batch:
        yield batch


def _record(write: Begin, journal: Journal, told: Sequence[Told], calendar: Calendar) -> Journal:
    """Record a batch, again where the database or somebody else was in the way: the journal says what is done."""
    for pause in PAUSES:
        try:
            with write() as uow:
                found = locked(uow, journal.id)
                if found.next_offset == journal.next_offset:
                    plan_anew(uow.session)  # tables grow by as many rows as the file has lines
                    return record_batch(uow, found, told, calendar)
                if found.next_offset != told[-1].line.ends_at:
                    raise ConflictError("Another process imports this file: let it end, then look at what it says.")
                return found  # it was committed, though the database could not say so
        except DBAPIError:
            time.sleep(pause)
    raise TryAgainError(
        "The database does not answer, or others are at work on the same people. What was recorded stays: run the same "
        "command again, it goes on from there."
    )
