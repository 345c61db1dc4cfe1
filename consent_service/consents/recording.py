"""Writing answers of many people as set-wise as those of one: rows, events and announcements of a transaction."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select, tuple_, update

from consent_service.consents.considering import Considered, FromFile
from consent_service.consents.loose_ends import note_loose_ends
from consent_service.consents.queries import ConsentView, shown
from consent_service.consents.rules import Declarations, is_allowed, shown_state
from consent_service.consents.states import GIVEN, LIVE, ConsentState
from consent_service.consents.tables import Consent, ConsentChoice
from consent_service.kernel.db import table_of
from consent_service.kernel.ids import new_id
from consent_service.kernel.one_of import one_of
from consent_service.kernel.rows_together import RowsTogether
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.service import append_all, instant
from consent_service.subjects.service import Note, Person, add_notes
from consent_service.webhooks.announcing import Told, announce_all
from consent_service.webhooks.states import Kind

_CONSENTS = table_of(Consent)
_CHOICES = table_of(ConsentChoice)
_KEY = tuple_(_CHOICES.c.consent_id, _CHOICES.c.purpose_id)
_RULING = select(
    _CHOICES.c.subject_id,
    _CHOICES.c.consent_id,
    _CHOICES.c.purpose_id,
    _CHOICES.c.state,
    _CHOICES.c.ruled_at,
    _CHOICES.c.needs_consent,
    _CHOICES.c.ends_at,
    _CHOICES.c.blocked_at,
).where(
    _CHOICES.c.operator_id == bindparam("of_operator"),
    one_of(_CHOICES.c.subject_id, "people"),
    _CHOICES.c.is_current,
)
Row = dict[str, Any]  # Any: column values
Answered = tuple[Considered, Person]


def record_all(uow: UnitOfWork, answered: Sequence[Answered], new: RowsTogether) -> Iterator[ConsentView]:
    """Record answers that were considered, each of another person, who is locked.

    By as many statements as one, however many there are.  Everything is written when this returns; the views, in the
    same order, are made as they are taken.  ``new``: rows of the people, which are written here.
    """
    ids = [new_id(uow.now) for _ in answered]
    rows = [_choices(uow, one, person, of) for (one, person), of in zip(answered, ids, strict=True)]
    changed = _supersede(uow, [person for _, person in answered], rows)
    leaves = _append(uow, answered, ids, rows, new)
    consents = [
        _consent(uow, one, person, of, leaf) for (one, person), of, leaf in zip(answered, ids, leaves, strict=True)
    ]
    new.add(_CONSENTS, consents)
    new.add(_CHOICES, [row for of_one in rows for row in of_one])
    add_notes(
        uow, new, [note for (one, person), of in zip(answered, ids, strict=True) for note in _words(one, person, of)]
    )
    new.write(uow.session)
    note_loose_ends(
        uow,
        [
            (person.id, of)
            for (_, person), of, of_one in zip(answered, ids, rows, strict=True)
            if not any(row["state"] in LIVE for row in of_one)
        ],
    )
    given = [[row["purpose_id"] for row in of_one if row["state"] in GIVEN] for of_one in rows]
    for kind, purposes in ((Kind.CONSENT_GIVEN, given), (Kind.PERMISSION_CHANGED, changed)):
        people = zip(answered, ids, purposes, strict=True)
        announce_all(
            uow, kind, [Told(person.id, of_one, {"consent": of}) for (_, person), of, of_one in people if of_one]
        )
    return (
        shown(one.version, SimpleNamespace(**consent), [SimpleNamespace(**row) for row in of_one])
        for (one, _), consent, of_one in zip(answered, consents, rows, strict=True)
    )


def _choices(uow: UnitOfWork, one: Considered, person: Person, consent_id: UUID) -> list[Row]:
    needs_consent = {purpose.code: purpose.needs_consent for purpose in one.version.terms.purposes}
    rows = []
    for answer in one.command.answers:
        state, terms = one.terms[answer.purpose]
        rows.append(
            {
                "operator_id": uow.operator_id,
                "consent_id": consent_id,
                "purpose_id": one.version.purposes[answer.purpose],
                "subject_id": person.id,
                "granted": answer.granted,
                "state": state,
                "state_since": one.given_at,
                "answered_at": one.given_at,
                "ruled_at": one.given_at,
                "needs_consent": needs_consent[answer.purpose],
                "expires_on": terms.expires_on,
                "ends_at": terms.ends_at,
                "renewal_offered_at": None,
                "blocked_at": None,
                "ended_by": None,
                "withdrawn_parts": {},
                "is_current": True,
            }
        )
    return rows


def _consent(uow: UnitOfWork, one: Considered, person: Person, consent_id: UUID, leaf_input: bytes) -> Row:
    command = one.command
    return {
        "operator_id": uow.operator_id,
        "id": consent_id,
        "subject_id": person.id,
        "document_id": one.version.document_id,
        "version_id": one.version.id,
        "language": command.language,
        "text_sha256": one.text.sha256,
        "text_kind": one.text.text_kind,
        "act": one.act,
        "channel": command.channel,
        "evidence_grade": one.grade,
        "declarations": _declared(command.declarations),
        "given_at": one.given_at,
        "recorded_at": uow.now,
        "form_answer_id": command.form.answer_id if command.form else None,
        "leaf_input": leaf_input,
    }


def _append(
    uow: UnitOfWork,
    answered: Sequence[Answered],
    ids: Sequence[UUID],
    rows: Sequence[Sequence[Row]],
    new: RowsTogether,
) -> list[bytes]:
    """Append the event of each; whoever is new has no stream yet, so none is looked up for them."""
    leaves: dict[UUID, bytes] = {}
    for begins in (True, False):
        events = {
            of: (person.id, _facts(one, of, of_one))
            for (one, person), of, of_one in zip(answered, ids, rows, strict=True)
            if person.is_new is begins
        }
        made = append_all(uow, EventType.CONSENT_RECORDED, list(events.values()), begins=begins, into=new)
        leaves |= zip(events, made, strict=True)
    return [leaves[of] for of in ids]


def _facts(one: Considered, consent_id: UUID, rows: Sequence[Row]) -> Mapping[str, object]:
    command = one.command
    return {
        "consent": str(consent_id),
        "document": one.version.name,
        "version": one.version.version,
        "language": command.language,
        "text_sha256": one.text.sha256,
        "text_kind": str(one.text.text_kind),
        "act": str(one.act),
        "channel": str(command.channel),
        "evidence_grade": str(one.grade),
        "declarations": _declared(command.declarations),
        "represented": command.representative is not None,
        "given_at": instant(one.given_at),
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
        **({"form": dict(command.form.facts)} if command.form else {}),
        **({"import": _place(command.imported)} if command.imported else {}),
    }


def _place(imported: FromFile) -> dict[str, object]:
    return {"import": str(imported.import_id), "line": imported.line}


def _words(one: Considered, person: Person, consent_id: UUID) -> list[Note]:
    said = {"representative": one.command.representative, "evidence": one.command.evidence}
    return [Note(person, consent_id, kind, words) for kind, words in said.items() if words is not None]


def _supersede(uow: UnitOfWork, people: Sequence[Person], rows: Sequence[list[Row]]) -> list[list[UUID]]:
    """Make the new answers current, except where a later answer rules already (a letter that was recorded late).

    Returns for each the purposes for which something else is allowed from now on.
    """
    ruling = _ruling(uow, [person.id for person in people if not person.is_new])
    replaced: list[tuple[UUID, UUID]] = []
    ended: list[tuple[UUID, UUID]] = []
    changed = []
    for person, mine in zip(people, rows, strict=True):
        known = ruling[person.id]
        for new in mine:
            old = known.get(new["purpose_id"])
            if old is None:
                continue
            if new["answered_at"] < old.ruled_at:
                new["is_current"] = False
                if new["state"] in LIVE:
                    new["state"] = ConsentState.SUPERSEDED
            else:
                (ended if old.state in LIVE else replaced).append((old.consent_id, old.purpose_id))
        before = {purpose_id for purpose_id, old in known.items() if _allows(uow, old)}
        after = {row["purpose_id"] for row in mine if _allows(uow, SimpleNamespace(**row))}
        changed.append([row["purpose_id"] for row in mine if row["is_current"] and row["purpose_id"] in before ^ after])
    over = {"is_current": False, "state": ConsentState.SUPERSEDED, "state_since": uow.now}
    for keys, values in ((replaced, {"is_current": False}), (ended, over)):
        if keys:
            uow.session.execute(
                update(_CHOICES)
                .where(_CHOICES.c.operator_id == uow.operator_id, _KEY.in_(keys), _CHOICES.c.is_current)
                .values(**values)
            )
    return changed


def _ruling(uow: UnitOfWork, people: Sequence[UUID]) -> defaultdict[UUID, dict[UUID, Any]]:  # Any: result rows
    """Read the answers that rule for some people, by person and purpose."""
    found: defaultdict[UUID, dict[UUID, Any]] = defaultdict(dict)  # Any: as above
    if people:
        for row in uow.session.execute(_RULING, {"of_operator": uow.operator_id, "people": people}):
            found[row.subject_id][row.purpose_id] = row
    return found


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
