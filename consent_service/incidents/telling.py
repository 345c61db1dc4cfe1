"""Telling of an incident: the authorised body, and each person it reached."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from consent_service.deadlines.rules import ALMATY
from consent_service.duties.queries import duties_of
from consent_service.duties.service import meet
from consent_service.duties.states import UNMET
from consent_service.incidents.course import CASE_KIND, NOTIFY, TELL, lock, move
from consent_service.incidents.service import told
from consent_service.incidents.states import IncidentState, TellState
from consent_service.incidents.tables import Incident, IncidentSubject
from consent_service.incidents.words import ALARM_BODY, ALARM_SUBJECT, CATEGORIES, LETTER, NOTICE
from consent_service.kernel.db import changed_rows, table_of
from consent_service.kernel.errors import ConflictError, NotFoundError, TransitionError
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.service import append, instant
from consent_service.letters.queries import letters_of
from consent_service.letters.service import WriteLetter, write_letter
from consent_service.letters.states import LetterChannel, LetterKind, LetterState
from consent_service.operators.queries import OperatorView, operator_view
from consent_service.outbox.mail import Mail
from consent_service.outbox.service import Owed
from consent_service.policies.terms import DataKind
from consent_service.printing.document import Block, Grid, Heading, Paragraph, Points, Printed
from consent_service.subjects.identity import IdentifierKind
from consent_service.subjects.reasons import RevealReason
from consent_service.subjects.service import Person, lock_by_id, lock_by_ref, reveal_identifier, reveal_identifiers

LANGUAGES = ("kk", "ru")
_PEOPLE = table_of(IncidentSubject)
_INCIDENTS = table_of(Incident)


def notify_authority(uow: UnitOfWork, incident_id: UUID, *, channel: LetterChannel, address: str | None) -> UUID:
    """Write the notice to the authorised body in both languages; the duty is met when it has gone out.

    Raises:
        NotFoundError: There is no such incident.
        TransitionError: It is closed.
        ConflictError: A notice is written already and did not come back.
        InvalidInputError: It goes by e-mail and nobody said where to.
    """
    incident = lock(uow, incident_id)
    standing = [
        letter
        for letter in letters_of(uow, incident_id)
        if letter.kind is LetterKind.AUTHORITY_NOTICE and letter.state is not LetterState.RETURNED
    ]
    if standing:
        raise ConflictError(f"The notice {standing[0].year}/{standing[0].number} is written already.")
    move(incident, IncidentState.NOTICE_WRITTEN)
    letter_id = write_letter(
        uow,
        WriteLetter(
            kind=LetterKind.AUTHORITY_NOTICE,
            case_kind=CASE_KIND,
            case_id=incident_id,
            pages=authority_pages(uow, incident),
            channel=channel,
            address=address,
            meets=[NOTIFY],
        ),
    )
    append(uow, EventType.INCIDENT_NOTICE_WRITTEN, incident_id, {"letter": str(letter_id)})
    uow.session.flush()
    return letter_id


def authority_pages(uow: UnitOfWork, incident: Any) -> dict[str, Printed]:  # Any: the row, by either way of reading
    """Write the notice with everything that the law wants in it."""
    words, operator, listed = told(uow, incident), operator_view(uow), _count(uow, incident.id)
    pages = {}
    for language in LANGUAGES:
        say = {name: texts[language] for name, texts in NOTICE.items()}
        blocks: list[Block] = [Paragraph(say["basis"]), Heading(say["what"]), Paragraph(words.what)]
        names = [CATEGORIES[DataKind(kind)][language] for kind in incident.categories]
        blocks += [Heading(say["data"]), Points(names)]
        estimate = say["unknown"] if incident.people_estimate is None else str(incident.people_estimate)
        counted = say["counted"].format(listed=listed, estimate=estimate)
        blocks += [Heading(say["people"]), Paragraph(counted), Paragraph(say["annex"])]
        blocks += [Heading(say["measures"]), Paragraph(words.measures or say["unknown"])]
        blocks += [Heading(say["consequences"]), Paragraph(words.consequences or say["unknown"])]
        blocks += [Heading(say["contacts"]), Paragraph(_contacts(operator) or say["unknown"])]
        facts = [(say["to"], say["authority"]), (say["from"], operator.name[language])]
        facts += [(say["number"], operator.identifier or say["unknown"])]
        facts += [(say["detected"], _moment(incident.detected_at))]
        if incident.occurred_at is not None:
            facts.append((say["occurred"], _moment(incident.occurred_at)))
        pages[language] = Printed(language, say["title"], blocks, facts, operator.name[language])
    return pages


def annex(uow: UnitOfWork, incident_id: UUID, language: str, because: RevealReason) -> Printed:
    """Write the annex with the data needed to reach the people; it is made when it is asked for and kept nowhere.

    Raises:
        NotFoundError: There is no such incident.
    """
    incident = lock(uow, incident_id)
    say = {name: texts[language] for name, texts in NOTICE.items()}
    rows = []
    for subject_id in uow.session.scalars(_listed(uow, incident_id)):
        held = {one["kind"]: one["value"] for one in reveal_identifiers(uow, subject_id)}
        rows.append(tuple(held.get(kind, "–") for kind in ("full_name", "iin", "phone")))
    append(uow, EventType.INCIDENT_ANNEX_MADE, incident_id, {"people": len(rows), "because": str(because)})
    facts = [(say["detected"], _moment(incident.detected_at))]
    return Printed(language, say["annex_title"], [Grid([say["name"], say["iin"], say["phone"]], rows)], facts)


def begin_telling(uow: UnitOfWork, incident_id: UUID) -> None:
    """Let a letter be written to each person of the list; the worker writes them.

    Raises:
        NotFoundError: There is no such incident.
        TransitionError: It is closed.
    """
    incident = lock(uow, incident_id)
    if incident.state is IncidentState.CLOSED:
        raise TransitionError("The incident is closed.")
    incident.telling = {"since": instant(uow.now)}
    append(uow, EventType.INCIDENT_TELLING_BEGUN, incident_id, {"incident": str(incident_id)})
    uow.session.flush()


def record_telling(uow: UnitOfWork, incident_id: UUID, ref: str, state: TellState, reference: str) -> None:
    """Record that a person was told another way, or cannot be reached and why.

    Raises:
        NotFoundError: There is no such incident, or the person is not in its list.
    """
    lock(uow, incident_id)
    person = lock_by_ref(uow, ref)
    changed = uow.session.execute(
        update(_PEOPLE)
        .where(
            _PEOPLE.c.operator_id == uow.operator_id,
            _PEOPLE.c.incident_id == incident_id,
            _PEOPLE.c.subject_id == person.id,
        )
        .values(state=state, reference=reference, told_at=uow.now)
    )
    if not changed_rows(changed):
        raise NotFoundError("The person is not in the list of this incident; add them first.")
    append(uow, EventType.INCIDENT_PERSON_TOLD, person.id, {"incident": str(incident_id), "state": str(state)})


def to_tell(uow: UnitOfWork, limit: int) -> Sequence[tuple[UUID, UUID]]:
    """Return (incident, person) to whom a letter is to be written."""
    rows = uow.session.execute(
        select(_PEOPLE.c.incident_id, _PEOPLE.c.subject_id)
        .join(
            _INCIDENTS,
            (_INCIDENTS.c.operator_id == _PEOPLE.c.operator_id) & (_INCIDENTS.c.id == _PEOPLE.c.incident_id),
        )
        .where(
            _PEOPLE.c.operator_id == uow.operator_id,
            _PEOPLE.c.state == TellState.TO_TELL,
            _INCIDENTS.c.telling.is_not(None),
            _INCIDENTS.c.state != IncidentState.CLOSED,
        )
        .limit(limit)
    )
    return [(row.incident_id, row.subject_id) for row in rows]


def tell(uow: UnitOfWork, item: tuple[UUID, UUID]) -> None:
    """Write the letter to one person; somebody without an address, or erased since, is marked so."""
    incident_id, subject_id = item
    incident = lock(uow, incident_id)
    person = lock_by_id(uow, subject_id)
    row = uow.session.get(IncidentSubject, (uow.operator_id, incident_id, subject_id), with_for_update=True)
    if row is None or row.state is not TellState.TO_TELL:
        return
    if person is None:
        row.state, row.reference = TellState.UNREACHABLE, "erased"
        return
    has_mail = reveal_identifier(uow, subject_id, IdentifierKind.EMAIL) is not None
    row.letter_id = write_letter(
        uow,
        WriteLetter(
            kind=LetterKind.BREACH_NOTICE,
            case_kind=CASE_KIND,
            case_id=incident_id,
            pages=_person_pages(uow, incident, person),
            channel=LetterChannel.EMAIL if has_mail else LetterChannel.REGISTERED_MAIL,
            person=person,
        ),
    )
    row.state = TellState.WRITTEN
    append(uow, EventType.INCIDENT_PERSON_TOLD, person.id, {"incident": str(incident_id), "letter": str(row.letter_id)})
    uow.session.flush()


def all_told(uow: UnitOfWork, limit: int) -> Sequence[UUID]:
    """Return incidents that owe people a notice by a document, and of whom nobody waits any more."""
    open_ones = uow.session.scalars(
        select(_INCIDENTS.c.id)
        .where(_INCIDENTS.c.operator_id == uow.operator_id, _INCIDENTS.c.state != IncidentState.CLOSED)
        .limit(limit)
    ).all()
    return [incident_id for incident_id in open_ones if _is_told(uow, incident_id)]


def meet_telling(uow: UnitOfWork, incident_id: UUID) -> None:
    """Meet what a document promises to people: every letter of the list has gone out."""
    lock(uow, incident_id)
    meet(uow, incident_id, [TELL])


def alarm_mail(uow: UnitOfWork, owed: Owed) -> Mail:
    """Write the alarm to whoever is in charge; nothing personal is in it."""
    due_on = datetime.fromisoformat(owed.facts["due_on"]).strftime("%d.%m.%Y")
    facts = {"operator": operator_view(uow).name[owed.language], "due_on": due_on}
    return Mail(ALARM_SUBJECT[owed.language], ALARM_BODY[owed.language].format(**facts))


def _is_told(uow: UnitOfWork, incident_id: UUID) -> bool:
    owed = any(duty.action == TELL and duty.state in UNMET for duty in duties_of(uow, incident_id))
    if not owed:
        return False
    rows = uow.session.execute(
        select(_PEOPLE.c.state, _PEOPLE.c.letter_id).where(
            _PEOPLE.c.operator_id == uow.operator_id, _PEOPLE.c.incident_id == incident_id
        )
    ).all()
    sent = {letter.id for letter in letters_of(uow, incident_id) if letter.state is LetterState.SENT}
    done = {TellState.TOLD, TellState.UNREACHABLE}
    return bool(rows) and all(row.state in done or row.letter_id in sent for row in rows)


def _person_pages(uow: UnitOfWork, incident: Incident, person: Person) -> dict[str, Printed]:
    words, operator = told(uow, incident), operator_view(uow)
    name = reveal_identifier(uow, person.id, IdentifierKind.FULL_NAME)
    pages = {}
    for language in LANGUAGES:
        say = {key: texts[language] for key, texts in {**NOTICE, **LETTER}.items()}
        grounds = [f"{rule['document']}, {', '.join(rule['clause'])}: {rule[language]}" for rule in incident.rules]
        blocks: list[Block] = [
            Paragraph(say["opening"].format(on=incident.detected_on.strftime("%d.%m.%Y"))),
            Heading(say["what"]),
            Paragraph(words.what),
            Heading(say["data"]),
            Points([CATEGORIES[DataKind(kind)][language] for kind in incident.categories]),
        ]
        if words.measures:
            blocks += [Heading(say["measures"]), Paragraph(words.measures)]
        if words.consequences:
            blocks += [Heading(say["consequences"]), Paragraph(words.consequences)]
        blocks += [
            Heading(say["ground"]),
            Points(grounds) if grounds else Paragraph(say["unsettled"]),
            Heading(say["ask"]),
            Paragraph(_contacts(operator) or operator.name[language]),
        ]
        facts = [(say["to"], name)] if name else []
        facts.append((say["from"], operator.name[language]))
        pages[language] = Printed(language, say["title"], blocks, facts, operator.name[language])
    return pages


def _count(uow: UnitOfWork, incident_id: UUID) -> int:
    return len(uow.session.scalars(_listed(uow, incident_id)).all())


def _listed(uow: UnitOfWork, incident_id: UUID) -> Any:  # Any: a select
    return select(_PEOPLE.c.subject_id).where(
        _PEOPLE.c.operator_id == uow.operator_id, _PEOPLE.c.incident_id == incident_id
    )


def _contacts(operator: OperatorView) -> str:
    found = [operator.contacts.get(kind) for kind in ("dpo", "email", "phone")]
    return ", ".join(str(one) for one in found if isinstance(one, str))


def _moment(at: datetime) -> str:
    return at.astimezone(ALMATY).strftime("%d.%m.%Y %H:%M")
