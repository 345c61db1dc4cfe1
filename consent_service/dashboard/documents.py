"""Documents: their state, and what each lacks against the law, with the clauses it rests on."""

import orjson
from flask import abort, make_response, render_template, request
from flask_babel import gettext
from werkzeug.wrappers import Response

from consent_service.compliance.paper import report_page
from consent_service.compliance.queries import compliance_report, compliance_reports, quotes
from consent_service.compliance.report import Report, as_data
from consent_service.compliance.states import Confirmation, Severity
from consent_service.compliance.wording import confirmation_name, reservation, severity_meaning, severity_name
from consent_service.dashboard.blueprint import dashboard
from consent_service.dashboard.cases import Problems
from consent_service.dashboard.places import at_operator, reading
from consent_service.kernel.uow import UnitOfWork
from consent_service.operators.queries import operator_rules
from consent_service.operators.sessions import Place
from consent_service.pages.downloads import PDF, to_read
from consent_service.pages.languages import LANGUAGES, language
from consent_service.policies.queries import lacking_a_language, list_versions
from consent_service.policies.states import TextKind, VersionState
from consent_service.printing.pdf import to_pdf
from consent_service.services import services

MARKS = {Severity.BREACH: "bad", Severity.GAP: "soon", Severity.RISK: "soon", Severity.NOTE: "calm"}


@dashboard.get("/<slug>/documents")
@at_operator
def documents(place: Place) -> Response:
    """List the operator's documents with the number of findings by weight, or those that lack a language alone."""
    return documents_page(place, {})


def documents_page(place: Place, found: Problems) -> Response:
    """Show the list, with what could not be taken of a form on it."""
    only = request.args.get("lacking") == "language"
    with reading(place) as uow:
        reports = compliance_reports(uow, services().law.catalogue)
        lacking = {one.slug for one in lacking_a_language(uow, uow.now)}
        by_two = operator_rules(uow).publish_by_two
    shown = [one for one in reports if not only or one.document.partition("/")[2] in lacking]
    page = render_template(
        "documents.html",
        reports=shown,
        lacking=lacking,
        only=only,
        by_two=by_two,
        found=found,
        given=request.form,
        **_words(),
    )
    return make_response(page, 422 if found else 200)


@dashboard.get("/<slug>/documents/<document>")
@at_operator
def document(place: Place, document: str) -> Response:
    """Show what a document lacks."""
    return document_page(place, document, {})


def document_page(place: Place, document: str, found: Problems) -> Response:
    """Show what a document lacks, and what could not be taken of the form on the page."""
    with reading(place) as uow:
        report = _report(uow, document)
        versions = list_versions(uow, document, uow.now)
        page = render_template(
            "document.html",
            report=report,
            document=document,
            versions=versions,
            quotes=quotes(uow, report, language()),
            law=reservation()[language()],
            found=found,
            given=request.form,
            **_words(),
        )
    return make_response(page, 422 if found else 200)


@dashboard.get("/<slug>/documents/<document>/report.<lang>.pdf")
@at_operator
def document_pdf(place: Place, document: str, lang: str) -> Response:
    """Print the report."""
    if lang not in LANGUAGES:
        abort(404)
    with reading(place) as uow:
        page = report_page(uow, _report(uow, document), lang)
        return to_read(to_pdf(page, uow.now), PDF, f"{place.slug}-{document}-{lang}.pdf")


@dashboard.get("/<slug>/documents/<document>/report.json")
@at_operator
def document_json(place: Place, document: str) -> Response:
    """Give the report as the interface does."""
    with reading(place) as uow:
        data = as_data(_report(uow, document)) | {"law": dict(reservation())}
    return to_read(orjson.dumps(data, option=orjson.OPT_INDENT_2), "application/json", f"{place.slug}-{document}.json")


def _report(uow: UnitOfWork, document: str) -> Report:
    return compliance_report(uow, services().law.catalogue, document, request.args.get("version"))


def _words() -> dict[str, object]:
    """Return the words and marks of weights, confirmations, states and kinds of text."""
    return {
        "severities": [(one, severity_name(one), severity_meaning(one), MARKS[one]) for one in Severity],
        "confirmations": {one: confirmation_name(one) for one in Confirmation},
        "states": {
            VersionState.ANNOUNCED: gettext("announced, no text"),
            VersionState.DRAFT: gettext("draft"),
            VersionState.SCHEDULED: gettext("scheduled"),
            VersionState.IN_FORCE: gettext("in force"),
            VersionState.SUPERSEDED: gettext("superseded"),
        },
        "kinds": {
            TextKind.PUBLISHED: gettext("the operator's own text"),
            TextKind.RESTATEMENT: gettext("our restatement"),
        },
    }
