"""What the pages of cases share: the road to a case, trying an act or rehearsing it, reading a form, finding people."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

from flask import redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from consent_service.consents.states import ConsentState
from consent_service.dashboard.blueprint import dashboard
from consent_service.dashboard.foreseen import CaseView
from consent_service.dashboard.places import at_operator, reading, writing
from consent_service.deadlines.rules import ALMATY
from consent_service.duties.queries import DutyView
from consent_service.duties.states import ClockKind, DutyState
from consent_service.erasure.register import order_of_case
from consent_service.erasure.states import OrderState
from consent_service.kernel.errors import ConflictError, ConsentServiceError, InvalidInputError, NotFoundError
from consent_service.kernel.uow import UnitOfWork
from consent_service.letters.references import MOST, Fault, fault_of
from consent_service.letters.states import LetterChannel, LetterState
from consent_service.operators.sessions import Place
from consent_service.pages.case_words import mark_of, words_of
from consent_service.pages.error_words import in_words
from consent_service.pages.form_values import FormValues
from consent_service.subjects.identity import MAX_REF, looks_personal
from consent_service.subjects.queries import find_id

S = TypeVar("S", bound=StrEnum)
Problems = dict[str, list[str]]
Act = Callable[[UnitOfWork], object]
ReadAct = Callable[[FormValues, UUID], Act]
PAGES = {"withdrawal": "withdrawal", "request": "subject_request", "incident": "incident"}


@dashboard.get("/<slug>/cases/<kind>/<uuid:case_id>")
@at_operator
def case(place: Place, kind: str, case_id: UUID) -> Response:
    """Go to the page of a case, as links in messages and calendars name it."""
    if kind in PAGES:
        return redirect(url_for(f"dashboard.{PAGES[kind]}", slug=place.slug, case_id=case_id))
    with reading(place) as uow:
        order_id = order_of_case(uow, case_id)
    if order_id is None:
        return redirect(url_for("dashboard.today", slug=place.slug))
    return redirect(url_for("dashboard.erasure", slug=place.slug, order_id=order_id))


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of trying an act: what cannot be taken, by field; or, of a rehearsal, the case as it would be."""

    problems: Problems = field(default_factory=dict)
    rehearsed: CaseView | None = None

    @property
    def is_done(self) -> bool:
        """Whether the act was carried out."""
        return not self.problems and self.rehearsed is None


class _NotMeantError(Exception):
    """Undoes a rehearsal."""


def attempt(place: Place, do: Act) -> Problems:
    """Do something in one unit of work; what cannot be taken comes back by field, and nothing is changed then."""
    try:
        with writing(place) as uow:
            _do(uow, do)
    except (InvalidInputError, NotFoundError, ConflictError) as error:
        return _problems(error)
    return {}


def _do(uow: UnitOfWork, do: Act) -> None:
    """Do something; what was written before an error goes, save where the error says that it must stay."""
    try:
        do(uow)
    except ConsentServiceError as error:
        if error.keeps_what_was_written:
            uow.session.commit()
        raise


def rehearse(place: Place, do: Callable[[UnitOfWork], CaseView]) -> Tried:
    """Do something, look at what it came to, and undo all of it."""
    seen: list[CaseView] = []
    try:
        with writing(place) as uow:
            seen.append(do(uow))
            raise _NotMeantError
    except _NotMeantError:
        return Tried(rehearsed=seen[0])
    except (InvalidInputError, NotFoundError, ConflictError) as error:
        return Tried(_problems(error))


def act_of_form(
    place: Place,
    acts: Mapping[str, ReadAct],
    case_id: UUID,
    view_of: Callable[[UnitOfWork, UUID], CaseView] | None = None,
) -> Tried:
    """Read which act on a case the form asks for, and try it; or rehearse it, where it asks only what would change."""
    values = FormValues()
    read = acts.get(request.form.get("act", ""))
    if read is None:
        return Tried({"form": [gettext("This cannot be taken. Check it.")]})
    act = read(values, case_id)
    if values.wrong:
        return Tried(values.wrong)
    if view_of is None or "look" not in request.form:
        return Tried(attempt(place, act))

    def acted(uow: UnitOfWork) -> CaseView:
        act(uow)
        uow.session.expire_all()
        return view_of(uow, case_id)

    return rehearse(place, acted)


def find_person(place: Place) -> tuple[UUID | None, Problems]:
    """Return the pseudonym of the reference that was searched for; it never stands in an address."""
    values = FormValues()
    ref = values.needed("subject", most=MAX_REF)
    if values.wrong:
        return None, values.wrong
    try:
        with reading(place) as uow:
            found = find_id(uow, ref)
    except InvalidInputError as error:
        return None, _problems(error)
    if found is None:
        return None, {"subject": [gettext("Nobody is known under this reference.")]}
    return found, {}


def id_asked_for(name: str) -> UUID | None:
    """Return the id that the address asks for under a name: the pseudonym of a person, or a search."""
    try:
        return UUID(request.args[name]) if name in request.args else None
    except ValueError:
        return None


def chosen(name: str, kind: type[S], groups: Mapping[str, Collection[S]]) -> tuple[str, Collection[S]]:
    """Return what the address asks for of an enumeration: its word, and the members meant."""
    wanted = request.args.get(name, "")
    if wanted in groups:
        return wanted, groups[wanted]
    return (wanted, [kind(wanted)]) if wanted in set(kind) else ("", ())


def needed_reference(values: FormValues) -> str:
    """Return the reference of a document, which names nobody, since it outlives the person."""
    return checked_reference(values, "reference", values.needed("reference", most=MOST))


def checked_reference(values: FormValues, name: str, given: str) -> str:
    """Refuse what stands in a field and is no reference of a document; an empty field is said to be by others."""
    fault = fault_of(given) if given else None
    if fault is not None:
        words = {
            Fault.LENGTH: gettext("Write at most %(most)s characters.", most=MOST),
            Fault.UNPRINTED: gettext("Write it in one line, without control characters."),
            Fault.NO_NUMBER: gettext(
                "Write the number or article of the document, such as 'contract 17' or '94-V 8(2)', and no name."
            ),
            Fault.PERSONAL: gettext("Leave out e-mail addresses, phone numbers and IIN."),
        }
        values.refuse(name, words[fault])
    return given


def needed_basis(values: FormValues) -> str:
    """Return an article that names nobody, since it outlives the person."""
    basis = values.needed("basis", most=300)
    if looks_personal(basis):
        values.refuse("basis", gettext("Leave out e-mail addresses, phone numbers and IIN."))
    return basis


def one_of(values: FormValues, name: str, kind: type[S], words: str) -> S:
    """Return the member of an enumeration that was chosen; ``words`` is said where none was."""
    value = values.text(name)
    if value not in set(kind):
        values.refuse(name, words)
        return next(iter(kind))
    return kind(value)


def needed_instant(values: FormValues, name: str) -> datetime:
    """Return the instant of a field that may not be empty."""
    found = instant(values, name)
    if found is None and name not in values.wrong:
        values.refuse(name, gettext("Fill in this field."))
    return found or datetime.min.replace(tzinfo=UTC)


def instant(values: FormValues, name: str) -> datetime | None:
    """Return the instant of a field that was written in Almaty time; None where it is empty."""
    text = values.text(name)
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=ALMATY).astimezone(UTC)
    except (ValueError, OverflowError):
        values.refuse(name, gettext("Write a day and a time, such as 2026-11-23T09:30."))
        return None


def shared_words() -> Mapping[str, object]:
    """Return the words that every page of a case needs."""
    return {
        "duty_states": words_of(DutyState),
        "order_states": words_of(OrderState),
        "letter_states": words_of(LetterState),
        "letter_channels": words_of(LetterChannel),
        "clock_kinds": words_of(ClockKind),
        "consent_states": words_of(ConsentState),
        "mark": mark_of,
    }


def next_due(duties: tuple[DutyView, ...]) -> DutyView | None:
    """Return the first duty of a case that is not met."""
    unmet = [duty for duty in duties if duty.state in {DutyState.OPEN, DutyState.LATE}]
    return min(unmet, key=lambda duty: duty.due_at, default=None)


# Where the form has a field of another name than the command.
_FIELDS = {"subject.ref": "subject", "acting.by": "acting_by", "representative": "representative_name"}


def _problems(error: ConsentServiceError) -> Problems:
    """Return what an error says, by field and in the language of the page."""
    if error.fields:
        return {
            _FIELDS.get(name, name): [in_words(text) or _said(name) for text in texts]
            for name, texts in error.fields.items()
        }
    known = in_words(error.detail)
    if isinstance(error, NotFoundError):
        return {"subject": [known or gettext("Nobody, or nothing, is known under this. Check what you wrote.")]}
    return {
        "form": [
            known or gettext("This cannot be done: nothing stands that it could concern, or the case has moved on.")
        ]
    }


def _said(name: str) -> str:
    words: dict[str, str] = {
        "received_at": gettext("This instant is in the future, or before the letter was sent."),
        "sent_at": gettext("A letter cannot be received before it was sent."),
        "wanted_on": gettext("This is more than a year ahead, or before the receipt."),
        "detected_at": gettext("This instant is in the future, or before it happened."),
        "occurred_at": gettext("It cannot have happened after it was noticed."),
        "purposes": gettext("No consent stands for one of these purposes."),
        "subject": gettext("Write the operator's own reference of the person."),
        "subject.ref": gettext("This looks like personal data. Write the operator's own reference of the person."),
        "address": gettext("A letter that goes by e-mail needs an address."),
        "email": gettext("Write an e-mail address."),
        "phone": gettext("Write a phone number with its country code."),
    }
    return words.get(name) or str(gettext("This cannot be taken. Check it."))
