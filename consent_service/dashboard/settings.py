"""What an operator has decided for itself, with the page on which each is changed."""

from flask import make_response, redirect, render_template, url_for
from werkzeug.wrappers import Response

from consent_service.dashboard.blueprint import dashboard
from consent_service.dashboard.cases import Problems, attempt
from consent_service.dashboard.places import at_operator, reading
from consent_service.operators.queries import operator_rules, storage_editions
from consent_service.operators.service import set_rules
from consent_service.operators.sessions import Place
from consent_service.pages.form_values import FormValues


@dashboard.get("/<slug>/settings")
@at_operator
def settings(place: Place) -> Response:
    """Show every rule of the operator."""
    return _page(place, {})


@dashboard.post("/<slug>/settings")
@at_operator
def set_taking_back(place: Place) -> Response:
    """Set whether people are asked again after a mere sign-in has taken their withdrawal back."""
    rules = {"ask_again_after_sign_in": FormValues().ticked("ask_again")}
    found = attempt(place, lambda uow: set_rules(uow, rules))
    return _page(place, found) if found else redirect(url_for("dashboard.settings", slug=place.slug, said="saved"))


def _page(place: Place, found: Problems) -> Response:
    with reading(place) as uow:
        rules, editions = operator_rules(uow), storage_editions(uow)
    page = render_template("settings.html", rules=rules, editions=editions, found=found)
    return make_response(page, 422 if found else 200)
