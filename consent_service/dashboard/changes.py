"""Changes of documents: drafts with a preview of whom they concern, published changes and where people stand."""

from datetime import date

from flask import make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from consent_service.dashboard.blueprint import dashboard
from consent_service.dashboard.cases import Problems, attempt, needed_reference, shared_words
from consent_service.dashboard.places import at_operator, reading
from consent_service.operators.sessions import Place
from consent_service.pages.case_words import words_of
from consent_service.pages.form_values import FormValues
from consent_service.policies.queries import version_named
from consent_service.policies.service import publish_version
from consent_service.policies.states import VersionState
from consent_service.policies.terms import AppliesTo, Binds
from consent_service.services import services
from consent_service.standings.queries import change_view, changes, not_told
from consent_service.standings.service import record_notice
from consent_service.standings.states import NoticeOutcome, StandingState

LISTED = 50


@dashboard.get("/<slug>/changes")
@at_operator
def document_changes(place: Place) -> str:
    """Show drafts that wait, and published changes with where people stand."""
    with reading(place) as uow:
        rows = changes(uow)
    return render_template("changes.html", rows=rows, states=words_of(StandingState), **shared_words())


@dashboard.get("/<slug>/changes/<document>/<version>")
@at_operator
def document_change(place: Place, document: str, version: str) -> str:
    """Preview a draft for a day and a kind of change, or show how far a published change has come."""
    return _page(place, document, version, {})


@dashboard.post("/<slug>/changes/<document>/<version>")
@at_operator
def act_on_change(place: Place, document: str, version: str) -> Response:
    """Publish a draft as it was previewed."""
    values = FormValues()
    day, kind = _day(values), _kind()
    if not values.ticked("sure"):
        values.refuse("sure", gettext("Tick that you have read the preview."))
    found = values.wrong or attempt(
        place, lambda uow: publish_version(uow, document, version, in_force_on=day, change=kind)
    )
    return _answer(place, document, version, found)


@dashboard.post("/<slug>/changes/<document>/<version>/told")
@at_operator
def record_told(place: Place, document: str, version: str) -> Response:
    """Record that somebody was told of a version another way."""
    values = FormValues()
    subject, reference = values.needed("subject", most=128), needed_reference(values)
    found = values.wrong or attempt(
        place,
        lambda uow: record_notice(
            uow,
            subject,
            document,
            version,
            outcome=NoticeOutcome.TOLD,
            at=None,
            reference=reference,
            law=services().law,
        ),
    )
    return _answer(place, document, version, found)


def _answer(place: Place, document: str, version: str, found: Problems) -> Response:
    if found:
        return make_response(_page(place, document, version, found), 422)
    return redirect(url_for("dashboard.document_change", slug=place.slug, document=document, version=version))


def _page(place: Place, document: str, version: str, found: Problems) -> str:
    with reading(place) as uow:
        view = version_named(uow, document, version, uow.now)
        values = FormValues()
        day, kind = _day(values), _kind()
        brings = change_view(uow, document, version, services().law.calendar, in_force_on=day, change=kind)
        waiting = not_told(uow, view.id, LISTED) if view.state is not VersionState.DRAFT else []
    return render_template(
        "change.html",
        row=view,
        brings=brings,
        waiting=waiting,
        found=found | values.wrong,
        form=request.form,
        kind=kind,
        kinds=_kinds(),
        binds=_binds(),
        states=words_of(StandingState),
        **shared_words(),
    )


def _day(values: FormValues) -> date | None:
    text = request.values.get("in_force_on", "")
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        values.refuse("in_force_on", gettext("Write a day, such as 2026-11-23."))
        return None


def _kind() -> AppliesTo | None:
    wanted = request.values.get("change", "")
    return AppliesTo(wanted) if wanted in set(AppliesTo) else None


def _kinds() -> dict[AppliesTo, str]:
    return {
        AppliesTo.MINOR: gettext("minor: the main terms stay as they are"),
        AppliesTo.MATERIAL: gettext("material"),
        AppliesTo.OTHER: gettext("not material"),
        AppliesTo.COMMISSION_PAYMENTS: gettext("of commission payments"),
    }


def _binds() -> dict[Binds, str]:
    return {
        Binds.SILENCE: gettext("binds who does not object in time"),
        Binds.USE: gettext("binds who goes on using the service"),
        Binds.NOTICE: gettext("binds some time after the notice"),
        Binds.POSTING: gettext("binds when it is posted and in force"),
    }
