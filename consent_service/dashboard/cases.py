"""What the pages of cases share: the road to a case, trying an act, reading instants of a form."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from uuid import UUID

from flask import redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from consent_service.dashboard.blueprint import dashboard
from consent_service.dashboard.case_words import mark_of, words_of
from consent_service.dashboard.form_values import FormValues
from consent_service.dashboard.places import at_operator, writing
from consent_service.deadlines.rules import ALMATY
from consent_service.duties.queries import DutyView
from consent_service.duties.states import ClockKind, DutyState
from consent_service.erasure.states import OrderState
from consent_service.kernel.errors import ConflictError, InvalidInputError, NotFoundError
from consent_service.kernel.uow import UnitOfWork
from consent_service.letters.states import LetterChannel, LetterState
from consent_service.operators.staff import Place
from consent_service.subjects.identity import looks_personal

Problems = dict[str, list[str]]
Act = Callable[[UnitOfWork], object]
ReadAct = Callable[[FormValues, UUID], Act]
_PAGES = {"withdrawal": "withdrawal", "request": "subject_request", "incident": "incident"}


@dashboard.get("/<slug>/cases/<kind>/<uuid:case_id>")
@at_operator
def case(place: Place, kind: str, case_id: UUID) -> Response:
    """Go to the page of a case, as links in messages and calendars name it."""
    if kind not in _PAGES:
        return redirect(url_for("dashboard.today", slug=place.slug))
    return redirect(url_for(f"dashboard.{_PAGES[kind]}", slug=place.slug, case_id=case_id))


def attempt(place: Place, do: Act) -> Problems:
    """Do something in one unit of work; what cannot be taken comes back by field, and nothing is changed then."""
    try:
        with writing(place) as uow:
            do(uow)
    except InvalidInputError as error:
        return {name: [_said(name)] for name in error.fields or {"form": []}}
    except NotFoundError:
        return {"subject": [gettext("Nobody, or nothing, is known under this. Check what you wrote.")]}
    except ConflictError:
        return {
            "form": [gettext("This cannot be done: nothing stands that it could concern, or the case has moved on.")]
        }
    return {}


def act_of_form(place: Place, acts: Mapping[str, ReadAct], case_id: UUID) -> Problems:
    """Read which act on a case the form asks for, and try it."""
    values = FormValues()
    read = acts.get(request.form.get("act", ""))
    if read is None:
        return {"form": [gettext("This cannot be taken. Check it.")]}
    act = read(values, case_id)
    return values.wrong or attempt(place, act)


def needed_reference(values: FormValues) -> str:
    """Return an article or a number that names nobody, since it outlives the person."""
    reference = values.needed("reference", most=300)
    if looks_personal(reference):
        values.refuse("reference", gettext("Leave out e-mail addresses, phone numbers and IIN."))
    return reference


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
    except ValueError:
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
        "mark": mark_of,
    }


def next_due(duties: tuple[DutyView, ...]) -> DutyView | None:
    """Return the first duty of a case that is not met."""
    unmet = [duty for duty in duties if duty.state in {DutyState.OPEN, DutyState.LATE}]
    return min(unmet, key=lambda duty: duty.due_at, default=None)


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
