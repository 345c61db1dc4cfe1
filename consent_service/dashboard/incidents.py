"""Incidents: the register, registering one, its clock, the notice, telling people, closing."""

from collections.abc import Mapping
from uuid import UUID

from flask import abort, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from consent_service.dashboard.blueprint import dashboard
from consent_service.dashboard.cases import (
    Act,
    Problems,
    ReadAct,
    act_of_form,
    attempt,
    instant,
    needed_instant,
    next_due,
    shared_words,
)
from consent_service.dashboard.duty_words import duty_name
from consent_service.dashboard.places import at_operator, reading, writing
from consent_service.dashboard.revealing import reveal_reason
from consent_service.deadlines.periods import Period
from consent_service.incidents.queries import incident_view, list_incidents, people_of
from consent_service.incidents.service import (
    ReportIncident,
    add_people,
    close_incident,
    correct_detection,
    describe,
    report_incident,
)
from consent_service.incidents.states import IncidentState, Outcome, TellState
from consent_service.incidents.telling import LANGUAGES, annex, begin_telling, notify_authority
from consent_service.incidents.words import CATEGORIES
from consent_service.letters.states import LetterChannel
from consent_service.operators.sessions import Place
from consent_service.pages.case_words import words_of
from consent_service.pages.downloads import PDF, to_keep
from consent_service.pages.form_values import FormValues
from consent_service.pages.languages import language
from consent_service.policies.terms import DataKind
from consent_service.printing.pdf import to_pdf
from consent_service.services import services

PAGE = 25
LISTED = 100
MOST = 10_000


@dashboard.get("/<slug>/incidents")
@at_operator
def incidents(place: Place) -> str:
    """Show the register, the latest detected first."""
    with reading(place) as uow:
        rows, after = list_incidents(uow, limit=PAGE, cursor=request.args.get("after"))
    return render_template(
        "incidents.html",
        rows=rows,
        after=after,
        categories=_categories(),
        states=words_of(IncidentState),
        outcomes=words_of(Outcome),
        **shared_words(),
    )


@dashboard.get("/<slug>/incidents/new")
@at_operator
def new_incident(_place: Place) -> str:
    """Show the form: three questions first."""
    return render_template("incident_new.html", given={}, found={}, categories=_categories(), chosen=[])


@dashboard.post("/<slug>/incidents/new")
@at_operator
def record_incident(place: Place) -> Response:
    """Register an incident."""
    values = FormValues()
    detected_at, occurred_at = needed_instant(values, "detected_at"), instant(values, "occurred_at")
    what = values.needed("what", most=MOST)
    chosen = [one for one in values.several("categories") if one in set(DataKind)]
    if not chosen:
        values.refuse("categories", gettext("Tick at least one."))
    measures, consequences = values.text("measures", most=MOST), values.text("consequences", most=MOST)
    people, estimate = values.lines("subjects"), values.number("people_estimate")
    made: list[UUID] = []
    found = values.wrong
    if not found:
        command = ReportIncident(
            detected_at,
            what,
            [DataKind(one) for one in chosen],
            occurred_at,
            (),
            people,
            estimate,
            measures,
            consequences,
        )
        found = attempt(place, lambda uow: made.append(report_incident(uow, command, services().law)))
    if found:
        page = render_template(
            "incident_new.html", given=request.form, found=found, categories=_categories(), chosen=chosen
        )
        return make_response(page, 422)
    return redirect(url_for("dashboard.incident", slug=place.slug, case_id=made[0]))


@dashboard.get("/<slug>/incidents/<uuid:case_id>")
@at_operator
def incident(place: Place, case_id: UUID) -> str:
    """Show one incident."""
    return _page(place, case_id, {})


@dashboard.post("/<slug>/incidents/<uuid:case_id>/annex.<lang>.pdf")
@at_operator
def incident_annex(place: Place, case_id: UUID, lang: str) -> Response:
    """Make the annex with the data needed to reach the people; its making is recorded."""
    if lang not in LANGUAGES:
        abort(404)
    with writing(place) as uow:
        printed = to_pdf(annex(uow, case_id, lang, reveal_reason()), uow.now)
    return to_keep(printed, PDF, f"annex-{lang}.pdf")


@dashboard.post("/<slug>/incidents/<uuid:case_id>")
@at_operator
def act_on_incident(place: Place, case_id: UUID) -> Response:
    """Notify, list people, tell them, put something right, close."""
    found = act_of_form(place, _ACTS, case_id).problems
    if found:
        return make_response(_page(place, case_id, found), 422)
    return redirect(url_for("dashboard.incident", slug=place.slug, case_id=case_id))


def _notify(values: FormValues, case_id: UUID) -> Act:
    address = values.text("address", most=500)
    channel = LetterChannel.EMAIL if address and "@" in address else LetterChannel.PLATFORM
    return lambda uow: notify_authority(uow, case_id, channel=channel, address=address)


def _list(values: FormValues, case_id: UUID) -> Act:
    refs = values.lines("subjects")
    if not refs:
        values.refuse("subjects", gettext("Fill in this field."))
    return lambda uow: add_people(uow, case_id, refs)


def _tell(_values: FormValues, case_id: UUID) -> Act:
    return lambda uow: begin_telling(uow, case_id)


def _describe(values: FormValues, case_id: UUID) -> Act:
    words = {name: values.text(name, most=MOST) for name in ("what", "measures", "consequences")}
    return lambda uow: describe(uow, case_id, **words)


def _correct(values: FormValues, case_id: UUID) -> Act:
    detected_at, reason = needed_instant(values, "detected_at"), values.needed("reason", most=2000)
    return lambda uow: correct_detection(uow, case_id, detected_at, reason=reason, law=services().law)


def _close(values: FormValues, case_id: UUID) -> Act:
    outcome, reason = values.needed("outcome"), values.needed("reason", most=5000)
    if outcome not in set(Outcome):
        values.refuse("outcome", gettext("Choose how it ended."))
    return lambda uow: close_incident(uow, case_id, outcome=Outcome(outcome), reason=reason)


_ACTS: Mapping[str, ReadAct] = {
    "notify": _notify,
    "people": _list,
    "tell": _tell,
    "describe": _describe,
    "correct": _correct,
    "close": _close,
}


def _page(place: Place, case_id: UUID, found: Problems) -> str:
    with reading(place) as uow:
        view, people, now = incident_view(uow, case_id), people_of(uow, case_id, LISTED), uow.now
    return render_template(
        "incident.html",
        row=view,
        people=people,
        now=now,
        found=found,
        form=request.form,
        first=next_due(view.duties),
        duty_names={duty.id: duty_name(duty.code) for duty in view.duties},
        periods={duty.id: Period.parse(duty.period) for duty in view.duties},
        categories=_categories(),
        states=words_of(IncidentState),
        outcomes=words_of(Outcome),
        tell_states=words_of(TellState),
        **shared_words(),
    )


def _categories() -> Mapping[DataKind, str]:
    return {kind: words[language()] for kind, words in CATEGORIES.items()}
