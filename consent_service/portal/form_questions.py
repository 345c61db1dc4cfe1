"""How each question of a form is read: bounded, checked, and said in words where it cannot be taken."""

from collections.abc import Callable, Mapping
from typing import Any

from flask_babel import gettext

from consent_service.kernel.errors import InvalidInputError
from consent_service.pages.error_words import in_words
from consent_service.pages.form_values import FormValues
from consent_service.portal.form_drafts import Form
from consent_service.portal.form_flow import ACTING, NEEDS_WORDS, Step, chosen_document
from consent_service.portal.form_words import role_words
from consent_service.subjects.identity import IdentifierKind, normalise

LONGEST_WORDS = 10_000
Answer = Mapping[str, Any]  # Any: JSON values
TRAP = "website"  # a field that nobody sees, and that machines fill in


def _document(values: FormValues, form: Form) -> Answer:
    chosen = values.text("document")
    if chosen not in form.versions and (chosen != "none" or form.withdraws) and (chosen != "all" or not form.withdraws):
        values.refuse("document", gettext("Choose one."))
    return {"document": chosen if chosen in form.versions else ""}


def _purposes(values: FormValues, form: Form) -> Answer:
    document = chosen_document(form.answers, form.offer)
    known = form.versions[document].purposes if document else {}
    extent = values.text("extent")
    chosen = [code for code in known if code in values.several("purposes")]
    if extent not in {"all", "some"}:
        values.refuse("extent", gettext("Choose one."))
    elif extent == "some" and not chosen:
        values.refuse("purposes", gettext("Tick at least one."))
    return {"extent": extent, "purposes": chosen if extent == "some" else []}


def _words(values: FormValues, form: Form) -> Answer:
    read = values.needed if form.kind in NEEDS_WORDS else values.text
    return {"text": read("text", most=LONGEST_WORDS)}


def _who(values: FormValues, _form: Form) -> Answer:
    who = values.text("who")
    if who not in ACTING:
        values.refuse("who", gettext("Choose one."))
    return {"who": who}


def _representative(values: FormValues, _form: Form) -> Answer:
    role = values.text("role")
    if role not in role_words():
        values.refuse("role", gettext("Choose one."))
    name, basis = _name(values, "name"), values.needed("basis", most=500)
    return {"name": name, "role": role, "basis": basis}


def _contact(values: FormValues, form: Form) -> Answer:
    if values.text(TRAP) and not form.withdraws:
        values.refuse(TRAP, gettext("Leave this field empty: it is there for machines alone."))
    found = {"full_name": _name(values, "full_name")}
    for kind in (IdentifierKind.EMAIL, IdentifierKind.PHONE):
        found[str(kind)] = _identifier(values, kind, values.text(str(kind), most=300))
    if not found["email"] and not found["phone"] and not values.wrong:
        values.refuse("email", gettext("Give an e-mail address or a phone number: without one nobody can answer you."))
    return found


def _name(values: FormValues, field: str) -> str | None:
    return _identifier(values, IdentifierKind.FULL_NAME, values.needed(field, most=300) or None, field)


def _identifier(values: FormValues, kind: IdentifierKind, value: str | None, field: str = "") -> str | None:
    if value is None:
        return None
    try:
        return normalise(kind, value)
    except InvalidInputError as error:
        for text in error.fields[str(kind)]:
            values.refuse(field or str(kind), in_words(text) or gettext("This cannot be taken. Check it."))
        return None


READ: Mapping[Step, Callable[[FormValues, Form], Answer]] = {
    Step.DOCUMENT: _document,
    Step.PURPOSES: _purposes,
    Step.WORDS: _words,
    Step.WHO: _who,
    Step.REPRESENTATIVE: _representative,
    Step.CONTACT: _contact,
}
