"""Documents: which there are, and what each lacks against the law."""

from flask import abort, render_template
from werkzeug.wrappers import Response

from consent_service.compliance.printed import SEVERITIES, report_page
from consent_service.compliance.queries import compliance_report, reports
from consent_service.compliance.states import Severity
from consent_service.dashboard.blueprint import dashboard
from consent_service.dashboard.languages import LANGUAGES, language
from consent_service.dashboard.places import at_operator, reading
from consent_service.operators.staff import Place
from consent_service.policies.queries import text_of, version_named
from consent_service.printing.pdf import to_pdf

_MARKS = {Severity.BREACH: "bad", Severity.GAP: "soon", Severity.RISK: "soon", Severity.NOTE: "calm"}


@dashboard.get("/<slug>/documents")
@at_operator
def documents(place: Place) -> str:
    """Show the documents with the number of findings by severity."""
    with reading(place) as uow:
        rows = reports(uow)
    return render_template("documents.html", rows=rows, names=_names(), marks=_MARKS)


@dashboard.get("/<slug>/documents/<document>")
@at_operator
def document(place: Place, document: str) -> str:
    """Show what a document lacks, the gravest first, each with the words of its clauses."""
    with reading(place) as uow:
        report = compliance_report(uow, document)
        words: dict[str, str] = {}
        if report.version is not None:
            view = version_named(uow, document, report.version, uow.now)
            spoken = language() if language() in view.texts else next(iter(view.texts))
            text, _ = text_of(uow, view.id, spoken)
            words = {clause.number: clause.text for clause in text.clauses}
    return render_template("document.html", report=report, words=words, names=_names(), marks=_MARKS)


@dashboard.get("/<slug>/documents/<document>/report.<lang>.pdf")
@at_operator
def document_pdf(place: Place, document: str, lang: str) -> Response:
    """Print the report."""
    if lang not in LANGUAGES:
        abort(404)
    with reading(place) as uow:
        answer = Response(
            to_pdf(report_page(compliance_report(uow, document), lang), uow.now), mimetype="application/pdf"
        )
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Content-Disposition"] = f'inline; filename="compliance-{lang}.pdf"'
    return answer


def _names() -> dict[Severity, str]:
    return {severity: names[language()] for severity, names in SEVERITIES.items()}
