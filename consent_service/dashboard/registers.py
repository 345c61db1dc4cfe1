"""Registers: orders, briefings, access, size class, list of data; the inspection file."""

from uuid import UUID

from flask import abort, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from consent_service.dashboard.blueprint import dashboard
from consent_service.dashboard.cases import checked_reference
from consent_service.dashboard.places import at_operator, reading, writing
from consent_service.deadlines.rules import almaty_day
from consent_service.governance.inspection import inspection_file
from consent_service.governance.names import name_of
from consent_service.governance.queries import data_list, history, list_entries, reviews, size_view
from consent_service.governance.rules import Entry
from consent_service.governance.service import change, enter
from consent_service.governance.states import EntryKind
from consent_service.kernel.errors import ConflictError, InvalidInputError
from consent_service.letters.references import MOST
from consent_service.operators.sessions import Place
from consent_service.operators.staff import staff_of
from consent_service.pages.downloads import PDF, to_read
from consent_service.pages.form_values import FormValues
from consent_service.pages.languages import LANGUAGES, language
from consent_service.printing.pdf import to_pdf


@dashboard.get("/<slug>/registers")
@at_operator
def registers(place: Place) -> str:
    """Show what an inspector would ask for."""
    with reading(place) as uow:
        on, size, entries = almaty_day(uow.now), size_view(uow), list_entries(uow)
        present = {entry.kind for entry in entries}
        return render_template(
            "registers.html",
            entries=entries,
            reviews=reviews(uow),
            data=data_list(uow),
            staff=[(address, name_of(role, language())) for address, role in staff_of(uow)],
            size=size,
            size_name=name_of(size.size, language()),
            lifting=list(dict.fromkeys(line.name[language()] for line in size.restricted)),
            missing=[kind for kind in (EntryKind.DPO_ORDER, EntryKind.BRIEFING) if kind not in present],
            on=on,
            kinds=_kinds(),
        )


@dashboard.get("/<slug>/registers/inspection.<lang>.pdf")
@at_operator
def inspection_pdf(place: Place, lang: str) -> Response:
    """Print the inspection file."""
    if lang not in LANGUAGES:
        abort(404)
    with reading(place) as uow:
        printed = to_pdf(inspection_file(uow, lang), uow.now)
    return to_read(printed, PDF, f"inspection-{place.slug}-{lang}.pdf")


@dashboard.get("/<slug>/registers/new")
@at_operator
def new_register_entry(place: Place) -> str:
    """Show an empty form."""
    wanted = request.args.get("kind", "")
    kind = EntryKind(wanted) if wanted in set(EntryKind) else EntryKind.DPO_ORDER
    with reading(place) as uow:
        entry = Entry(kind=kind, done_on=almaty_day(uow.now))
    return render_template("register_new.html", entry=entry, found={}, kinds=_kinds())


@dashboard.post("/<slug>/registers/new")
@at_operator
def enter_register_entry(place: Place) -> Response:
    """Put an entry into the registers."""
    entry, wrong = _entry()
    if not wrong:
        try:
            with writing(place) as uow:
                entry_id = enter(uow, entry)
            return redirect(url_for("dashboard.register_entry", slug=place.slug, entry_id=entry_id))
        except InvalidInputError as error:
            wrong = _said(error)
    return make_response(render_template("register_new.html", entry=entry, found=wrong, kinds=_kinds()), 422)


@dashboard.get("/<slug>/registers/<uuid:entry_id>")
@at_operator
def register_entry(place: Place, entry_id: UUID) -> str:
    """Show an entry with its editions."""
    with reading(place) as uow:
        editions = history(uow, entry_id)
    return render_template(
        "register_entry.html", row=editions[0], entry=editions[0], editions=editions, found={}, kinds=_kinds()
    )


@dashboard.post("/<slug>/registers/<uuid:entry_id>")
@at_operator
def change_register_entry(place: Place, entry_id: UUID) -> Response:
    """Add an edition to an entry."""
    edition = FormValues().number("edition") or 0
    entry, wrong = _entry()
    if not wrong:
        try:
            with writing(place) as uow:
                change(uow, entry_id, edition, entry)
            return redirect(url_for("dashboard.register_entry", slug=place.slug, entry_id=entry_id))
        except InvalidInputError as error:
            wrong = _said(error)
        except ConflictError:
            wrong = {"kind": [gettext("Somebody else has changed this entry meanwhile. Open the page again.")]}
    with reading(place) as uow:
        editions = history(uow, entry_id)
    page = render_template(
        "register_entry.html", row=editions[0], entry=entry, editions=editions, found=wrong, kinds=_kinds()
    )
    return make_response(page, 422)


def _kinds() -> dict[EntryKind, str]:
    return {kind: name_of(kind, language()) for kind in EntryKind}


def _entry() -> tuple[Entry, dict[str, list[str]]]:
    values = FormValues()
    kind = values.needed("kind")
    if kind and kind not in set(EntryKind):
        values.refuse("kind", gettext("Choose what the entry is about."))
    entry = Entry(
        kind=EntryKind(kind) if kind in set(EntryKind) else EntryKind.OTHER,
        done_on=values.needed_day("done_on"),
        reference=checked_reference(values, "reference", values.text("reference", most=MOST) or "") or None,
        until_on=values.day("until_on"),
        review_on=values.day("review_on"),
        persons=values.text("persons", most=4000),
        words=values.text("words", most=4000),
    )
    return entry, values.wrong


def _said(error: InvalidInputError) -> dict[str, list[str]]:
    words = {
        "until_on": gettext("The last day lies before the first."),
        "review_on": gettext("The day of the review lies before the entry."),
        "reference": gettext("Write the number of the order."),
        "persons": gettext("Write whom it is about."),
    }
    return {name: [words[name]] for name in error.fields}
