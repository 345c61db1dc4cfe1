"""Registering an incident, putting its detection right, listing whom it reached, closing it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select

from consent_service.deadlines.rules import almaty_day
from consent_service.deadlines.service import Law
from consent_service.duties.clock_log import Entry, log
from consent_service.duties.queries import duties_of
from consent_service.duties.redating import redate
from consent_service.duties.rules import Case, DutySpec
from consent_service.duties.service import cancel, owe
from consent_service.duties.states import UNMET, ClockKind, Moment
from consent_service.incidents.course import CASE_KIND, NOTIFY, TELL, lock, move
from consent_service.incidents.states import IncidentState, Outcome, TellState
from consent_service.incidents.tables import Incident, IncidentSubject
from consent_service.incidents.words import AT_ONCE, INCIDENT_ALARM
from consent_service.kernel.db import insert_or_skip, table_of
from consent_service.kernel.errors import ConflictError, InvalidInputError, TransitionError
from consent_service.kernel.ids import new_id
from consent_service.kernel.sealed_columns import SealedColumn
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.service import append, instant
from consent_service.operators.service import lock_operator
from consent_service.operators.staff import in_charge
from consent_service.outbox.service import Message, enqueue_all
from consent_service.policies.queries import Version, list_documents, version_in_force
from consent_service.policies.terms import AnswerTrigger, DataKind
from consent_service.subjects.service import lock_by_ref

_PEOPLE = table_of(IncidentSubject)
WORDS = SealedColumn(table_of(Incident).c.sealed)


@dataclass(frozen=True, slots=True, repr=False)
class ReportIncident:
    """What is known when an incident is registered; ``documents`` none: all that are in force."""

    detected_at: datetime
    what: str
    categories: Sequence[DataKind]
    occurred_at: datetime | None = None
    documents: Sequence[str] = ()
    subjects: Sequence[str] = ()
    people_estimate: int | None = None
    measures: str | None = None
    consequences: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Told:
    """The words of an incident, opened."""

    what: str
    measures: str | None = None
    consequences: str | None = None
    conclusion: str | None = None


def report_incident(uow: UnitOfWork, command: ReportIncident, law: Law) -> UUID:
    """Register an incident: its clock runs from the detection, and whoever is in charge is alarmed at once.

    Raises:
        InvalidInputError: The instants do not fit.
        NotFoundError: There is no such document, or nobody is known under a reference.
    """
    _check_instants(uow, command.detected_at, command.occurred_at)
    lock_operator(uow)
    versions = _versions(uow, command)
    incident_id = new_id(uow.now)
    incident = Incident(
        operator_id=uow.operator_id,
        id=incident_id,
        state=IncidentState.DETECTED,
        detected_at=command.detected_at,
        detected_on=almaty_day(command.detected_at),
        occurred_at=command.occurred_at,
        categories=[str(kind) for kind in command.categories],
        documents=[str(version.id) for version in versions],
        people_estimate=command.people_estimate,
        rules=_printed_without_length(versions),
        sealed=_seal(uow, incident_id, Told(command.what, command.measures, command.consequences)),
        telling=None,
        outcome=None,
        closed_at=None,
        created_at=uow.now,
    )
    uow.session.add(incident)
    uow.session.flush()
    case = Case(CASE_KIND, incident_id, None)
    specs = _specs(versions, command.detected_at, law)
    deadlines = owe(uow, case, specs, law.calendar)
    append(
        uow,
        EventType.INCIDENT_REGISTERED,
        incident_id,
        {
            "incident": str(incident_id),
            "detected_at": instant(command.detected_at),
            "categories": incident.categories,
        },
    )
    if command.subjects:
        add_people(uow, incident_id, command.subjects)
    due_on = min((deadline.due_on for deadline in deadlines), default=incident.detected_on)
    enqueue_all(
        uow,
        [
            Message(INCIDENT_ALARM, incident_id, language, {"due_on": due_on.isoformat()}, staff_id=staff_id)
            for staff_id, language in in_charge(uow)
        ],
    )
    return incident_id


def correct_detection(uow: UnitOfWork, incident_id: UUID, detected_at: datetime, *, reason: str, law: Law) -> None:
    """Put the moment of detection right; what rests on it is dated again, and what was late stays visible as late.

    Raises:
        NotFoundError: There is no such incident.
        TransitionError: It is closed.
        InvalidInputError: The instant is in the future, or before it happened.
    """
    incident = lock(uow, incident_id)
    if incident.state is IncidentState.CLOSED:
        raise TransitionError("The incident is closed.")
    _check_instants(uow, detected_at, incident.occurred_at)
    before = {"before": instant(incident.detected_at)}
    log(uow, CASE_KIND, incident_id, [Entry(ClockKind.CORRECTED, detected_at, Moment.DETECTED, reason, before)])
    incident.detected_at, incident.detected_on = detected_at, almaty_day(detected_at)
    uow.session.flush()
    redate(uow, Case(CASE_KIND, incident_id, None), law.calendar, kind=ClockKind.CORRECTED, reason=reason)
    append(uow, EventType.INCIDENT_CORRECTED, incident_id, {**before, "detected_at": instant(detected_at)})


def describe(
    uow: UnitOfWork, incident_id: UUID, *, what: str | None, measures: str | None, consequences: str | None
) -> None:
    """Put the words of an incident right, or add to them.

    Raises:
        NotFoundError: There is no such incident.
        TransitionError: It is closed.
    """
    incident = lock(uow, incident_id)
    if incident.state is IncidentState.CLOSED:
        raise TransitionError("The incident is closed.")
    old = told(uow, incident)
    new = Told(what or old.what, measures or old.measures, consequences or old.consequences)
    incident.sealed = _seal(uow, incident_id, new)
    append(uow, EventType.INCIDENT_CORRECTED, incident_id, {"words": True})
    uow.session.flush()


def add_people(uow: UnitOfWork, incident_id: UUID, refs: Sequence[str]) -> int:
    """Add people whom the incident reached; those who are listed already are left as they are.

    Raises:
        NotFoundError: There is no such incident, or nobody is known under a reference.
        TransitionError: It is closed.
    """
    incident = lock(uow, incident_id)
    if incident.state is IncidentState.CLOSED:
        raise TransitionError("The incident is closed.")
    rows = [
        {
            "operator_id": uow.operator_id,
            "incident_id": incident_id,
            "subject_id": lock_by_ref(uow, ref).id,
            "state": TellState.TO_TELL,
            "letter_id": None,
            "reference": None,
            "told_at": None,
        }
        for ref in sorted(set(refs))
    ]
    added = 0
    for row in rows:
        made = uow.session.execute(
            insert_or_skip(uow.session, _PEOPLE).values(row).returning(_PEOPLE.c.subject_id)
        ).first()
        added += made is not None
    if added:
        append(uow, EventType.INCIDENT_PEOPLE_LISTED, incident_id, {"added": added})
    return added


def close_incident(uow: UnitOfWork, incident_id: UUID, *, outcome: Outcome, reason: str) -> None:
    """Close an incident: resolved once nothing is owed, or found to be no breach, which ends what was owed.

    Raises:
        NotFoundError: There is no such incident.
        ConflictError: Something is owed still, or somebody has still to be told.
        TransitionError: It is closed already.
    """
    incident = lock(uow, incident_id)
    if outcome is Outcome.RESOLVED:
        _check_done(uow, incident_id)
    move(incident, IncidentState.CLOSED)
    old = told(uow, incident)
    incident.sealed = _seal(uow, incident_id, Told(old.what, old.measures, old.consequences, reason))
    incident.outcome, incident.closed_at, incident.telling = outcome, uow.now, None
    if outcome is Outcome.NO_BREACH:
        cancel(uow, incident_id, [NOTIFY, TELL])
    log(
        uow, CASE_KIND, incident_id, [Entry(ClockKind.DECIDED, uow.now, reason=reason, facts={"outcome": str(outcome)})]
    )
    append(uow, EventType.INCIDENT_CLOSED, incident_id, {"incident": str(incident_id), "outcome": str(outcome)})
    uow.session.flush()


def told(uow: UnitOfWork, incident: Any) -> Told:  # Any: the row, by either way of reading
    """Open the words of an incident."""
    plain = WORDS.open(uow, incident.sealed, incident.id)
    return Told(**json.loads(plain))


def forget_incidents(uow: UnitOfWork, subject_ids: Sequence[UUID]) -> None:
    """Take people whose evidence term is over out of the lists of incidents."""
    uow.session.execute(
        delete(_PEOPLE).where(_PEOPLE.c.operator_id == uow.operator_id, _PEOPLE.c.subject_id.in_(subject_ids))
    )


def _check_done(uow: UnitOfWork, incident_id: UUID) -> None:
    owed = [duty.code for duty in duties_of(uow, incident_id) if duty.state in UNMET]
    if owed:
        raise ConflictError(f"Still owed: {', '.join(owed)}. Do it first, or close the incident as no breach.")
    waiting = uow.session.scalar(
        select(_PEOPLE.c.subject_id)
        .where(
            _PEOPLE.c.operator_id == uow.operator_id,
            _PEOPLE.c.incident_id == incident_id,
            _PEOPLE.c.state == TellState.TO_TELL,
        )
        .limit(1)
    )
    if waiting is not None:
        raise ConflictError("Somebody has still to be told, or to be marked as unreachable.")


def _check_instants(uow: UnitOfWork, detected_at: datetime, occurred_at: datetime | None) -> None:
    if detected_at > uow.now:
        raise InvalidInputError.of("detected_at", "This instant is in the future; send when it was noticed.")
    if occurred_at is not None and occurred_at > detected_at:
        raise InvalidInputError.of("occurred_at", "It cannot have happened after it was noticed.")


def _versions(uow: UnitOfWork, command: ReportIncident) -> list[Version]:
    if command.documents:
        return [version_in_force(uow, name, command.detected_at) for name in dict.fromkeys(command.documents)]
    at = command.detected_at
    return [version_in_force(uow, one.slug, at) for one in list_documents(uow, at) if one.version is not None]


def _specs(versions: Sequence[Version], detected_at: datetime, law: Law) -> list[DutySpec]:
    specs = [
        DutySpec.of_law(rule, detected_at, law.catalogue.edition, Moment.DETECTED)
        for rule in law.catalogue.duties_for("breach_detected", almaty_day(detected_at))
    ]
    for version in versions:
        specs += [
            DutySpec(
                code=f"policy_{rule.code}",
                action=rule.action,
                origin="policy",
                source={
                    language: f"{version.name}: {version.terms.title[language]}" for language in ("kk", "ru", "en")
                },
                clause=", ".join(rule.clause),
                period=rule.period,
                settled=True,
                from_at=detected_at,
                moment=Moment.DETECTED,
            )
            for rule in version.terms.answers
            if rule.trigger is AnswerTrigger.BREACH and rule.period is not None
        ]
    return specs


def _printed_without_length(versions: Sequence[Version]) -> list[dict[str, object]]:
    return [
        {"code": rule.code, "document": version.name, "clause": list(rule.clause), **AT_ONCE}
        for version in versions
        for rule in version.terms.answers
        if rule.trigger is AnswerTrigger.BREACH and rule.period is None
    ]


def _seal(uow: UnitOfWork, incident_id: UUID, words: Told) -> bytes:
    plain = {"what": words.what, "measures": words.measures, "consequences": words.consequences,
             "conclusion": words.conclusion}  # fmt: skip
    return WORDS.seal(uow, json.dumps(plain, ensure_ascii=False).encode(), incident_id)
