"""Holding a person's answers against the version that they are about, before anything is written."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from consent_service.consents.rules import (
    Answer,
    Declarations,
    check_act,
    check_answers,
    check_who,
    grade_of,
    state_of,
    usual_act,
)
from consent_service.consents.states import LIVE, Act, Channel, ConsentState, EvidenceGrade
from consent_service.consents.validity import Validity, validity
from consent_service.deadlines.working_days import Calendar
from consent_service.kernel.errors import ConsentServiceError, InvalidInputError
from consent_service.kernel.uow import UnitOfWork
from consent_service.policies.queries import TextInfo, VersionView, version_in_force, version_named
from consent_service.policies.states import VersionState
from consent_service.subjects.service import SubjectData

CLOCK_TOLERANCE = timedelta(seconds=5)


class VersionsRead:
    """Versions that were found for other answers of this transaction, each to be found once.

    ``changes``: when the versions of the operator took effect, in order, where answers are of many instants: between
    two of them nothing changes.
    """

    def __init__(self, changes: Sequence[datetime] | None = None) -> None:
        self._changes = changes
        self._known: dict[tuple[str, str | None, datetime | int], VersionView | ConsentServiceError] = {}

    def find(self, uow: UnitOfWork, document: str, version: str | None, at: datetime) -> VersionView:
        """Return the version that was in force at an instant, by its name or whichever it was.

        Raises:
            ConsentServiceError: There is none.
        """
        span = at if self._changes is None else bisect_right(self._changes, at)
        wanted = (document, version, span)
        if wanted not in self._known:
            try:
                self._known[wanted] = _in_force(uow, document, version, at)
            except ConsentServiceError as error:
                self._known[wanted] = error
        found = self._known[wanted]
        if isinstance(found, ConsentServiceError):
            raise type(found)(found.detail, fields=found.fields)
        return found


@dataclass(frozen=True, slots=True)
class CameByForm:
    """The form by which an answer came: its grade, an instant at which its texts were in force, what the event says."""

    answer_id: UUID
    grade: EvidenceGrade
    in_force_at: datetime
    facts: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class FromFile:
    """Where an answer stood that was brought in: which import, and the line of its file."""

    import_id: UUID
    line: int


@dataclass(frozen=True, slots=True)
class GiveConsent:
    """A person's answers to one version of one document."""

    document: str
    subject: SubjectData
    language: str
    answers: Sequence[Answer]
    channel: Channel
    version: str | None = None
    given_at: datetime | None = None
    act: Act | None = None
    declarations: Declarations = field(default_factory=Declarations)
    representative: Mapping[str, Any] | None = None  # Any: JSON, sealed as it came
    evidence: Mapping[str, Any] | None = None  # Any: JSON, sealed as it came
    form: CameByForm | None = None
    imported: FromFile | None = None


@dataclass(frozen=True, slots=True)
class Considered:
    """Answers that fit the version which they are about; nothing is written yet."""

    command: GiveConsent
    version: VersionView
    text: TextInfo
    act: Act
    grade: EvidenceGrade
    given_at: datetime
    terms: Mapping[str, tuple[ConsentState, Validity]]


def consider(uow: UnitOfWork, command: GiveConsent, calendar: Calendar, read: VersionsRead) -> Considered:
    """Hold answers against the version that they are about.

    Raises:
        InvalidInputError: As ``give_consent``, and so are the others.
    """
    given_at = _given_at(uow, command.given_at)
    form = command.form
    version = read.find(uow, command.document, command.version, form.in_force_at if form else given_at)
    text = version.texts.get(command.language)
    if text is None:
        raise InvalidInputError.of(
            "language", f"This version has no text in {command.language!r}; it has: {', '.join(version.texts)}."
        )
    purposes = {purpose.code: purpose for purpose in version.terms.purposes}
    check_answers(command.answers, purposes)
    act = command.act or usual_act(version.terms.acceptance)
    check_act(act, version.terms.acceptance)
    if any(answer.granted for answer in command.answers):
        check_who(version.terms.acceptance, command.declarations)
    terms = {}
    for answer in command.answers:
        state = state_of(answer, version.terms.acceptance, act)
        until = validity(version.terms, purposes[answer.purpose], given_at, calendar) if state in LIVE else Validity()
        terms[answer.purpose] = (state, until)
    return Considered(command, version, text, act, _grade(command), given_at, terms)


def _given_at(uow: UnitOfWork, given_at: datetime | None) -> datetime:
    if given_at is None:
        return uow.now
    if given_at > uow.now + CLOCK_TOLERANCE:
        raise InvalidInputError.of("given_at", "This instant is in the future; send when the answer was given.")
    return min(given_at, uow.now)


def _grade(command: GiveConsent) -> EvidenceGrade:
    if command.imported:
        return EvidenceGrade.IMPORTED
    return command.form.grade if command.form else grade_of(command.channel)


def _in_force(uow: UnitOfWork, document: str, name: str | None, at: datetime) -> VersionView:
    if name is None:
        return version_in_force(uow, document, at)
    version = version_named(uow, document, name, at)
    if version.state is not VersionState.IN_FORCE:
        raise InvalidInputError.of("version", f"Version {name!r} was not in force at given_at: it was {version.state}.")
    return version
