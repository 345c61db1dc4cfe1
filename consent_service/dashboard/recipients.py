"""Recipients: the register, an entry with its editions, exports."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import abort, make_response, redirect, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from consent_service.dashboard.blueprint import dashboard
from consent_service.dashboard.places import at_operator, reading, writing
from consent_service.deadlines.rules import almaty_day
from consent_service.kernel.errors import ConflictError, InvalidInputError
from consent_service.kernel.uow import UnitOfWork
from consent_service.operators.sessions import Place
from consent_service.pages.downloads import PDF, to_keep
from consent_service.pages.form_values import FormValues
from consent_service.pages.languages import LANGUAGES, language
from consent_service.printing.pdf import to_pdf
from consent_service.recipients.named import data_names, named_recipients, purpose_names
from consent_service.recipients.queries import entry_of, history, list_notices, list_recipients, list_transfers
from consent_service.recipients.register import register_csv, register_pages
from consent_service.recipients.rules import HOME, Entry
from consent_service.recipients.service import change_recipient, enter_recipient
from consent_service.recipients.states import UNSENT, Condition, NoticeKind, NoticeState

LATEST = 50


@dashboard.get("/<slug>/recipients")
@at_operator
def recipients(place: Place) -> str:
    """Show the register: who still must be told, who was entered, whom the documents name."""
    with reading(place) as uow:
        entries, named = list_recipients(uow), named_recipients(uow)
        return render_template(
            "recipients.html",
            entries=entries,
            named=named,
            entered={name for entry in entries for name in entry.named_as},
            unsent=list_notices(uow, limit=LATEST, states=UNSENT),
            transfers=list_transfers(uow, limit=LATEST),
            **names(uow),
        )


@dashboard.get("/<slug>/recipients/new")
@at_operator
def new_recipient(place: Place) -> str:
    """Show an empty form."""
    with reading(place) as uow:
        empty = Entry(name="", country=HOME, since_on=almaty_day(uow.now))
        return render_template("recipient_new.html", entry=empty, found={}, **choices(uow))


@dashboard.post("/<slug>/recipients/new")
@at_operator
def enter_new_recipient(place: Place) -> Response:
    """Put a recipient into the register."""
    entry, wrong = _entry()
    if not wrong:
        try:
            with writing(place) as uow:
                recipient_id = enter_recipient(uow, entry)
            return redirect(url_for("dashboard.recipient", slug=place.slug, recipient_id=recipient_id))
        except InvalidInputError as error:
            wrong = _said(error)
    with reading(place) as uow:
        page = render_template("recipient_new.html", entry=entry, found=wrong, **choices(uow))
    return make_response(page, 422)


@dashboard.get("/<slug>/recipients/<uuid:recipient_id>")
@at_operator
def recipient(place: Place, recipient_id: UUID) -> str:
    """Show an entry with its editions, transfers and notices."""
    return recipient_page(place, recipient_id)


@dashboard.post("/<slug>/recipients/<uuid:recipient_id>")
@at_operator
def change_this_recipient(place: Place, recipient_id: UUID) -> Response:
    """Add an edition to an entry."""
    values = FormValues()
    edition = values.number("edition") or 0
    entry, wrong = _entry()
    if not wrong:
        try:
            with writing(place) as uow:
                change_recipient(uow, recipient_id, edition, entry)
            return redirect(url_for("dashboard.recipient", slug=place.slug, recipient_id=recipient_id))
        except InvalidInputError as error:
            wrong = _said(error)
        except ConflictError:
            wrong = {"name": [gettext("Somebody else has changed this entry meanwhile. Open the page again.")]}
    return make_response(recipient_page(place, recipient_id, entry=entry, found=wrong), 422)


@dashboard.get("/<slug>/recipients/register.<kind>")
@at_operator
def recipients_export(place: Place, kind: str) -> Response:
    """Export the register for an inspector, as paper or as a table."""
    if kind not in {"pdf", "csv"}:
        abort(404)
    with reading(place) as uow:
        if kind == "csv":
            return to_keep(register_csv(uow, language()), "text/csv", f"recipients-{place.slug}.csv")
        return to_keep(to_pdf(register_pages(uow, language()), uow.now), PDF, f"recipients-{place.slug}.pdf")


def recipient_page(
    place: Place,
    recipient_id: UUID,
    *,
    entry: Entry | None = None,
    found: Mapping[str, list[str]] | None = None,
    moved: Mapping[str, Any] | None = None,  # Any: what was sent, as it was sent
    refused: Mapping[str, list[str]] | None = None,
    problem: Mapping[str, list[str]] | None = None,
) -> str:
    """Make the page of an entry; ``found``, ``refused`` and ``problem`` are what its forms could not take."""
    with reading(place) as uow:
        editions = history(uow, recipient_id)
        return render_template(
            "recipient.html",
            row=editions[0],
            editions=editions,
            entry=entry or entry_of(uow, recipient_id),
            found=found or {},
            moved=moved or {},
            refused=refused or {},
            problem=problem or {},
            on=almaty_day(uow.now),
            transfers=list_transfers(uow, limit=LATEST, recipient_id=recipient_id),
            notices=list_notices(uow, limit=LATEST, recipient_id=recipient_id),
            **choices(uow),
        )


def names(uow: UnitOfWork) -> dict[str, Any]:  # Any: what templates are given
    """Return what purposes, data, kinds and states are called."""
    lang = language()
    return {
        "purpose_names": {code: name[lang] for code, name in purpose_names(uow).items()},
        "data_names": {code: name[lang] for code, name in data_names(uow).items()},
        "kinds": {
            NoticeKind.STOP: gettext("Stop processing"),
            NoticeKind.DESTROY: gettext("Destroy the data"),
            NoticeKind.RESUME: gettext("The consent stands again"),
        },
        "states": {
            NoticeState.OWED: (gettext("waits for the mail server"), "soon"),
            NoticeState.BY_HAND: (gettext("to be sent by hand"), "soon"),
            NoticeState.RETURNED: (gettext("came back"), "bad"),
            NoticeState.SENT: (gettext("sent"), "calm"),
            NoticeState.ACKNOWLEDGED: (gettext("answered"), "calm"),
        },
        "conditions": {
            Condition.PROTECTED: gettext("16(2): the state protects personal data"),
            Condition.CONSENT: gettext("16(3)(1): consent of the person"),
            Condition.TREATY: gettext("16(3)(2): a ratified treaty"),
            Condition.LAW: gettext("16(3)(3): a law, for public order, rights or health"),
            Condition.RIGHTS: gettext("16(3)(4): rights of the person, where consent cannot be had"),
        },
        "languages_of": LANGUAGES,
    }


def choices(uow: UnitOfWork) -> dict[str, Any]:  # Any: what templates are given
    """Return what the forms offer."""
    words = names(uow)
    return words | {
        "purpose_options": list(words["purpose_names"].items()),
        "data_options": list(words["data_names"].items()),
        "named_options": [
            (f"{one.document}#{one.code}", f"{one.name[language()]} – {one.document}") for one in named_recipients(uow)
        ],
        "condition_options": list(words["conditions"].items()),
    }


def _entry() -> tuple[Entry, dict[str, list[str]]]:
    values = FormValues()
    condition = values.text("condition")
    entry = Entry(
        name=values.needed("name", most=300),
        country=(values.needed("country", most=2)).upper(),
        since_on=values.needed_day("since_on"),
        until_on=values.day("until_on"),
        bin=values.text("bin", most=12),
        data=[*values.several("data"), *values.lines("other_data", most=2000)],
        purposes=values.several("purposes"),
        named_as=values.several("named_as"),
        cross_border=values.ticked("cross_border"),
        condition=Condition(condition) if condition in set(Condition) else None,
        publication=values.ticked("publication"),
        contract=values.text("contract"),
        contract_on=values.day("contract_on"),
        contact=values.text("contact", most=254),
    )
    return entry, values.wrong


def _said(error: InvalidInputError) -> dict[str, list[str]]:
    """Say in the language of the page what an entry lacks."""
    words = {
        "country": gettext("Write the two letters of the country, such as KZ."),
        "bin": gettext("A BIN has twelve digits."),
        "cross_border": gettext("A recipient outside Kazakhstan gets the data across the border: tick it."),
        "condition": gettext("Choose the condition of article 16 if, and only if, data go abroad."),
        "contract_on": gettext("Write the number of the contract together with its date."),
        "until_on": gettext("The last day lies before the first."),
        "contact": gettext("Write an e-mail address."),
    }
    other = gettext("No document in force has this. Open the page again and choose anew.")
    return {name: [words.get(name, other)] for name in error.fields}
