"""Recording the answers of a batch of lines in one transaction, by the same rules and rows as those that come alone."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from consent_service.consents.considering import Considered, FromFile, GiveConsent, VersionsRead, consider
from consent_service.consents.recording import record_all
from consent_service.consents.repeated import said_before, said_in
from consent_service.deadlines.working_days import Calendar, CalendarGapError
from consent_service.imports.journal import Journal, Refusal, advance
from consent_service.imports.lines import Line
from consent_service.kernel.errors import ConflictError, ConsentServiceError, InvalidInputError, NotFoundError
from consent_service.kernel.rows_together import RowsTogether
from consent_service.kernel.uow import UnitOfWork
from consent_service.policies.queries import published_versions
from consent_service.subjects.arriving import find_or_create_all
from consent_service.subjects.service import SubjectData, checked

Understand = Callable[[Mapping[str, Any]], GiveConsent]  # Any: JSON values
# What is wrong with a line; whatever else goes wrong stops the import.
OF_THE_LINE = (InvalidInputError, NotFoundError, ConflictError, CalendarGapError)


@dataclass(frozen=True, slots=True, repr=False)
class Told:
    """What a line says and about whom, in the form in which a person is sealed and indexed; or why it says nothing."""

    line: Line
    said: tuple[GiveConsent, SubjectData] | None
    reasons: Sequence[str] = ()


def understood(line: Line, understand: Understand) -> Told:
    """Tell what a line says, as far as the line alone can tell."""
    if line.fault:
        return Told(line, None, [line.fault])
    try:
        command = understand(line.content)
        return Told(line, (command, checked(command.subject)))
    except InvalidInputError as error:
        return Told(line, None, reasons_of(error))


@dataclass(frozen=True, slots=True, repr=False)
class _Fit:
    considered: Considered
    person: SubjectData


def record_batch(uow: UnitOfWork, journal: Journal, told: Sequence[Told], calendar: Calendar) -> Journal:
    """Record what some lines say, and write down how far the file was imported."""
    fitting, refused = sort_out(uow, journal.id, told, calendar)
    recorded = known = 0
    for turn in _in_turns(fitting):
        of_turn = _record(uow, turn)
        recorded, known = recorded + of_turn, known + len(turn) - of_turn
    return advance(uow, journal, told[-1].line, recorded=recorded, known=known, refused=refused)


def sort_out(
    uow: UnitOfWork, import_id: UUID, told: Sequence[Told], calendar: Calendar
) -> tuple[list[_Fit], list[Refusal]]:
    """Hold lines against the versions that they are about: those that fit, and those that do not."""
    read = VersionsRead([version.in_force_at for version in published_versions(uow)])
    fitting, refused = [], []
    for one in told:
        reasons = one.reasons
        if one.said is not None:
            command, person = one.said
            try:
                command = replace(command, imported=FromFile(import_id, one.line.number))
                fitting.append(_Fit(consider(uow, command, calendar, read), person))
                continue
            except OF_THE_LINE as error:
                reasons = reasons_of(error)
        refused.append(Refusal(one.line.number, one.line.begins_at, one.line.ends_at, reasons))
    return fitting, refused


def reasons_of(error: ConsentServiceError) -> list[str]:
    """Return what is wrong with a line, place by place."""
    places: Mapping[str, Sequence[str]] = error.fields
    return [f"{place}: {message}" for place, messages in places.items() for message in messages] or [error.detail]


def _in_turns(fitting: Sequence[_Fit]) -> list[list[_Fit]]:
    """Order lines so that nobody comes twice in a turn, and each person's in the order of the file."""
    turns: list[list[_Fit]] = []
    came: defaultdict[str, int] = defaultdict(int)
    for one in fitting:
        turn = came[one.person.ref]
        came[one.person.ref] += 1
        if turn == len(turns):
            turns.append([])
        turns[turn].append(one)
    return turns


def _record(uow: UnitOfWork, turn: Sequence[_Fit]) -> int:
    """Record answers of different people, save those that are on record; returns how many were not."""
    new = RowsTogether()
    people = find_or_create_all(uow, [one.person for one in turn], new)
    said = said_before(uow, [person.id for person in people if not person.is_new])
    answered = [
        (one.considered, person)
        for one, person in zip(turn, people, strict=True)
        if said_in(one.considered) not in said.get(person.id, ())
    ]
    if answered:
        record_all(uow, answered, new)
    return len(answered)
