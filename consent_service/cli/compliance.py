"""``policies report``; the group ``policies`` takes it in."""

import click

from consent_service.cli.app import ACTOR, opened
from consent_service.cli.output import as_json, show
from consent_service.compliance.paper import report_page
from consent_service.compliance.queries import compliance_report
from consent_service.compliance.report import as_data
from consent_service.compliance.wording import reservation
from consent_service.operators.queries import operator_number
from consent_service.policies.restatements import LANGUAGES
from consent_service.printing.document import as_text


@click.command()
@click.argument("operator")
@click.argument("document")
@click.option("--version", help="One version; the one in force when left out.")
@click.option("--lang", type=click.Choice(LANGUAGES), default="en", show_default=True, help="Language of the words.")
@as_json
def report(operator: str, document: str, version: str | None, lang: str, json_: bool) -> None:
    """Say what DOCUMENT lacks against the law, clause by clause."""
    with opened() as app, app.read(ACTOR) as unbound:
        uow = unbound.for_operator(operator_number(unbound.session, operator))
        found = compliance_report(uow, app.law.catalogue, document, version)
        words = as_text(report_page(uow, found, lang))
    show(json_, as_data(found) | {"law": dict(reservation())}, words)
