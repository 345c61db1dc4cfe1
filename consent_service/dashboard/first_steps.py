"""The first steps: what leads from an empty operator to the first field on a page, and where each is taken."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import redirect, render_template, request, url_for
from flask_babel import LazyString, lazy_gettext
from werkzeug.wrappers import Response

from consent_service.dashboard.blueprint import dashboard
from consent_service.dashboard.places import at_operator, comes_to, reading, writing
from consent_service.first_steps.queries import StepView, steps_of
from consent_service.first_steps.states import Step
from consent_service.kernel.uow import UnitOfWork
from consent_service.operators.first_page import put_steps_away, steps_put_away_at
from consent_service.operators.sessions import Place
from consent_service.services import services


@dataclass(frozen=True, slots=True)
class _About:
    """What a step is called, what is to be done, and the page where it is done."""

    name: LazyString
    how: LazyString
    endpoint: str
    asked: str = ""


@dataclass(frozen=True, slots=True)
class ShownStep:
    """A step in words; ``address`` is None where whoever looks does not come to the page."""

    step: Step
    is_done: bool
    name: str
    how: str
    count: str
    address: str | None


@dataclass(frozen=True, slots=True)
class ShownSteps:
    """All steps: which is the first that is left, and how many are done."""

    steps: tuple[ShownStep, ...]

    @property
    def done(self) -> int:
        """How many are done."""
        return sum(one.is_done for one in self.steps)

    @property
    def following(self) -> ShownStep | None:
        """The first that is left; None once all are done."""
        return next((one for one in self.steps if not one.is_done), None)


_ABOUT: Mapping[Step, _About] = {
    Step.DETAILS: _About(
        lazy_gettext("The operator’s details are complete"),
        lazy_gettext("Name in three languages, registration number, e-mail address: receipts and letters print them."),
        "dashboard.operator_details",
    ),
    Step.IN_CHARGE: _About(
        lazy_gettext("Somebody is in charge of personal data"),
        lazy_gettext(
            "Give the role in “Staff”, and enter the order of appointment (article 25(2)(10)) in the registers."
        ),
        "dashboard.new_register_entry",
        "?kind=dpo_order",
    ),
    Step.SECOND_FACTOR: _About(
        lazy_gettext("Everybody signs in with a second factor"),
        lazy_gettext("Each member of staff adds an app for codes or a passkey in their own account."),
        "account.own",
    ),
    Step.NOTICES: _About(
        lazy_gettext("Notices reach somebody"),
        lazy_gettext("The service can send mail, and whoever is in charge is reminded of what is due."),
        "dashboard.reminders",
    ),
    Step.DOCUMENTS: _About(
        lazy_gettext("A document is published"),
        lazy_gettext("Import the text that you have published, check it against the law, and publish it."),
        "dashboard.documents",
    ),
    Step.LANGUAGES: _About(
        lazy_gettext("Documents can be read in Kazakh and in Russian"),
        lazy_gettext("A consumer who is told in one language alone counts as not told (Consumer law 24-26)."),
        "dashboard.documents",
        "?lacking=language",
    ),
    Step.FORM: _About(
        lazy_gettext("A form is made"),
        lazy_gettext("Add your site, then what its form asks; the page gives the two lines to embed."),
        "dashboard.forms",
    ),
    Step.KEY: _About(
        lazy_gettext("A secret key is made"),
        lazy_gettext("Your server confirms with it what the field has signed; it is shown once."),
        "dashboard.secret_keys",
    ),
    Step.CONSENT: _About(
        lazy_gettext("The first consent has come"),
        lazy_gettext("Put the two lines into your form, tick the box yourself and send it: it appears here."),
        "dashboard.consents",
    ),
}


@dashboard.get("/<slug>/first-steps")
@at_operator
def first_steps(place: Place) -> str:
    """Show every step, also once they were put away."""
    with reading(place) as uow:
        found, away_since = shown_steps(uow, place), steps_put_away_at(uow)
    return render_template("first_steps.html", found=found, away_since=away_since)


@dashboard.post("/<slug>/first-steps")
@at_operator
def put_first_steps_away(place: Place) -> Response:
    """Put the steps away for everybody at the operator, or show them again; either is recorded."""
    away = request.form.get("act") != "show"
    with writing(place) as uow:
        put_steps_away(uow, away=away)
    return redirect(url_for("dashboard.today" if away else "dashboard.first_steps", slug=place.slug))


def steps_on_today(uow: UnitOfWork, place: Place) -> ShownSteps | None:
    """Return the steps while they are to be shown on Today: not all are done, and nobody has put them away."""
    if steps_put_away_at(uow) is not None:
        return None
    found = shown_steps(uow, place)
    return found if found.following else None


def shown_steps(uow: UnitOfWork, place: Place) -> ShownSteps:
    """Return every step in words."""
    steps = steps_of(uow, mail_goes_out=bool(services().settings.smtp_url))
    return ShownSteps(tuple(_shown(one, place) for one in steps))


def _shown(view: StepView, place: Place) -> ShownStep:
    about = _ABOUT[view.step]
    return ShownStep(
        view.step,
        view.is_done,
        str(about.name),
        str(about.how),
        f"{view.done} / {view.of}" if view.of > 1 else "",
        _address(about, place),
    )


def _address(about: _About, place: Place) -> str | None:
    if about.endpoint.startswith("account."):
        return url_for(about.endpoint)
    return url_for(about.endpoint, slug=place.slug) + about.asked if comes_to(about.endpoint) else None
