"""The use case that records what a person answered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update

from consent_service.consents.loose_ends import note_loose_ends
from consent_service.consents.queries import ConsentView, shown
from consent_service.consents.rules import (
    Answer,
    Declarations,
    check_act,
    check_answers,
    check_who,
    grade_of,
    is_allowed,
    shown_state,
    state_of,
    usual_act,
)
from consent_service.consents.states import GIVEN, LIVE, Act, Channel, ConsentState, EvidenceGrade
from consent_service.consents.tables import Consent, ConsentChoice
from consent_service.consents.validity import Validity, validity
from consent_service.deadlines.working_days import Calendar
from consent_service.kernel.db import table_of
from consent_service.kernel.errors import InvalidInputError
from consent_service.kernel.ids import new_id
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.service import append, instant
from consent_service.policies.queries import VersionView, version_in_force, version_named
from consent_service.policies.states import VersionState
from consent_service.subjects.service import SubjectData, find_or_create, keep_note
from consent_service.webhooks.announcing import announce
from consent_service.webhooks.states import Kind

CLOCK_TOLERANCE = timedelta(seconds=5)
_CONSENTS = table_of(Consent)
_CHOICES = table_of(ConsentChoice)


@dataclass(frozen=True, slots=True)
class CameByForm:
    """The form by which an answer came: its grade, an instant at which its texts were in force, what the event says."""

    answer_id: UUID
    grade: EvidenceGrade
    in_force_at: datetime
    facts: Mapping[str, object]


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


def give_consent(uow: UnitOfWork, command: GiveConsent, calendar: Calendar) -> ConsentView:
    """Record an answer to every purpose that was asked, ticked or not.

    The answer given last rules; what it replaces is kept as superseded.

    Raises:
        InvalidInputError: The answers, the date, the language or the person do not fit the version.
        NotFoundError: The operator has no such document or version.
        ConflictError: The document has no text, or no version in force then.
    """
    given_at = _given_at(uow, command.given_at)
    form = command.form
    grade = form.grade if form else grade_of(command.channel)
    version = _version(uow, command, form.in_force_at if form else given_at)
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

    person = find_or_create(uow, command.subject)
    consent_id = new_id(uow.now)
    rows: list[dict[str, Any]] = []  # Any: column values
    for answer in command.answers:
        state = state_of(answer, version.terms.acceptance, act)
        terms = validity(version.terms, purposes[answer.purpose], given_at, calendar) if state in LIVE else Validity()
        rows.append(
            {
                "operator_id": uow.operator_id,
                "consent_id": consent_id,
                "purpose_id": version.purposes[answer.purpose],
                "subject_id": person.id,
                "granted": answer.granted,
                "state": state,
                "state_since": given_at,
                "answered_at": given_at,
                "ruled_at": given_at,
                "needs_consent": purposes[answer.purpose].needs_consent,
                "expires_on": terms.expires_on,
                "ends_at": terms.ends_at,
                "renewal_offered_at": None,
                "blocked_at": None,
                "ended_by": None,
                "withdrawn_parts": {},
                "is_current": True,
            }
        )
    changed = _supersede(uow, person.id, rows)
    event = append(
        uow,
        EventType.CONSENT_RECORDED,
        person.id,
        {
            "consent": str(consent_id),
            "document": version.name,
            "version": version.version,
            "language": command.language,
            "text_sha256": text.sha256,
            "text_kind": str(text.text_kind),
            "act": str(act),
            "channel": str(command.channel),
            "evidence_grade": str(grade),
            "declarations": _declared(command.declarations),
            "represented": command.representative is not None,
            "given_at": instant(given_at),
            "choices": [
                {
                    "purpose": answer.purpose,
                    "granted": answer.granted,
                    "state": str(row["state"]),
                    "expires_on": _day(row["expires_on"]),
                    "ends_at": instant(row["ends_at"]) if row["ends_at"] else None,
                    "rules": row["is_current"],
                }
                for answer, row in zip(command.answers, rows, strict=True)
            ],
            **({"form": dict(form.facts)} if form else {}),
        },
    )
    consent = {
        "operator_id": uow.operator_id,
        "id": consent_id,
        "subject_id": person.id,
        "document_id": version.document_id,
        "version_id": version.id,
        "language": command.language,
        "text_sha256": text.sha256,
        "text_kind": text.text_kind,
        "act": act,
        "channel": command.channel,
        "evidence_grade": grade,
        "declarations": _declared(command.declarations),
        "given_at": given_at,
        "recorded_at": uow.now,
        "form_answer_id": form.answer_id if form else None,
        "leaf_input": event.leaf_input,
    }
    uow.session.execute(insert(_CONSENTS).values(consent))
    uow.session.execute(insert(_CHOICES), rows)
    if not any(row["state"] in LIVE for row in rows):
        note_loose_ends(uow, [(person.id, consent_id)])
    given = [row["purpose_id"] for row in rows if row["state"] in GIVEN]
    if given:
        announce(uow, Kind.CONSENT_GIVEN, person.id, given, consent=consent_id)
    if changed:
        announce(uow, Kind.PERMISSION_CHANGED, person.id, changed, consent=consent_id)
    if command.representative is not None:
        keep_note(uow, person, consent_id, "representative", command.representative)
    if command.evidence is not None:
        keep_note(uow, person, consent_id, "evidence", command.evidence)
    return shown(version, SimpleNamespace(**consent), [SimpleNamespace(**row) for row in rows])


def _given_at(uow: UnitOfWork, given_at: datetime | None) -> datetime:
    if given_at is None:
        return uow.now
    if given_at > uow.now + CLOCK_TOLERANCE:
        raise InvalidInputError.of("given_at", "This instant is in the future; send when the answer was given.")
    return min(given_at, uow.now)


def _version(uow: UnitOfWork, command: GiveConsent, at: datetime) -> VersionView:
    if command.version is None:
        return version_in_force(uow, command.document, at)
    version = version_named(uow, command.document, command.version, at)
    if version.state is not VersionState.IN_FORCE:
        raise InvalidInputError.of(
            "version", f"Version {command.version!r} was not in force at given_at: it was {version.state}."
        )
    return version


def _supersede(uow: UnitOfWork, subject_id: UUID, rows: list[dict[str, Any]]) -> list[UUID]:  # Any: column values
    """Make the new answers current, except where a later answer rules already (a letter that was recorded late).

    Returns the purposes for which something else is allowed from now on.
    """
    known = uow.session.execute(
        select(
            _CHOICES.c.purpose_id,
            _CHOICES.c.state,
            _CHOICES.c.ruled_at,
            _CHOICES.c.needs_consent,
            _CHOICES.c.ends_at,
            _CHOICES.c.blocked_at,
        ).where(
            _CHOICES.c.operator_id == uow.operator_id,
            _CHOICES.c.subject_id == subject_id,
            _CHOICES.c.purpose_id.in_([row["purpose_id"] for row in rows]),
            _CHOICES.c.is_current,
        )
    ).all()
    answers = {row["purpose_id"]: row for row in rows}
    replaced: list[UUID] = []
    ended: list[UUID] = []
    for old in known:
        new = answers[old.purpose_id]
        if new["answered_at"] < old.ruled_at:
            new["is_current"] = False
            if new["state"] in LIVE:
                new["state"] = ConsentState.SUPERSEDED
        elif old.state in LIVE:
            ended.append(old.purpose_id)
        else:
            replaced.append(old.purpose_id)
    current = (
        _CHOICES.c.operator_id == uow.operator_id,
        _CHOICES.c.subject_id == subject_id,
        _CHOICES.c.is_current,
    )
    over = {"is_current": False, "state": ConsentState.SUPERSEDED, "state_since": uow.now}
    for purpose_ids, values in ((replaced, {"is_current": False}), (ended, over)):
        if purpose_ids:
            uow.session.execute(
                update(_CHOICES).where(*current, _CHOICES.c.purpose_id.in_(purpose_ids)).values(**values)
            )
    before = {old.purpose_id for old in known if _allows(uow, old)}
    after = {row["purpose_id"] for row in rows if _allows(uow, SimpleNamespace(**row))}
    return [row["purpose_id"] for row in rows if row["is_current"] and (row["purpose_id"] in before ^ after)]


def _allows(uow: UnitOfWork, choice: Any) -> bool:  # Any: a row, or what one is made of
    state = shown_state(choice.state, choice.blocked_at)
    return is_allowed(state, needs_consent=choice.needs_consent, ends_at=choice.ends_at, now=uow.now)


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _declared(declarations: Declarations) -> dict[str, bool]:
    pairs = {
        "adult": declarations.adult,
        "stateless": declarations.stateless,
        "other_programme": declarations.other_programme,
    }
    return {name: value for name, value in pairs.items() if value is not None}
