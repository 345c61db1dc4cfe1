"""The operator itself: its details, which documents, letters and receipts print."""

from flask import make_response, redirect, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from consent_service.dashboard.blueprint import dashboard
from consent_service.dashboard.cases import Problems, attempt
from consent_service.dashboard.places import at_operator, reading
from consent_service.operators.details import LONGEST_EMAIL, LONGEST_NAME, LONGEST_NUMBER, Details, set_details
from consent_service.operators.queries import operator_view
from consent_service.operators.sessions import Place
from consent_service.pages.form_values import FormValues
from consent_service.pages.languages import LANGUAGES


@dashboard.get("/<slug>/operator")
@at_operator
def operator_details(place: Place) -> Response:
    """Show the details."""
    with reading(place) as uow:
        operator = operator_view(uow)
    entered = Details(operator.name, operator.identifier or "", str(operator.contacts.get("email") or ""))
    return _page(place, entered, {})


@dashboard.post("/<slug>/operator")
@at_operator
def change_operator_details(place: Place) -> Response:
    """Change the details."""
    values = FormValues()
    entered = Details(
        {code: values.needed(f"name_{code}", most=LONGEST_NAME) for code in LANGUAGES},
        values.needed("identifier", most=LONGEST_NUMBER),
        values.needed("email", most=LONGEST_EMAIL),
    )
    found = values.wrong or attempt(place, lambda uow: set_details(uow, entered))
    if found:
        return _page(place, entered, found)
    return redirect(url_for("dashboard.operator_details", slug=place.slug, said="saved"))


def _page(place: Place, entered: Details, found: Problems) -> Response:
    with reading(place) as uow:
        operator = operator_view(uow)
    words = {
        "identifier": gettext("Write the number as it is registered; a BIN has twelve digits."),
        "email": gettext("Write an e-mail address."),
    }
    said = {name: [words[name]] if name in words else texts for name, texts in found.items()}
    page = render_template("operator.html", operator=operator, entered=entered, found=said)
    return make_response(page, 422 if found else 200)
