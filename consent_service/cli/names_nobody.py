"""Words and references of documents on the command line: they outlive a person, and so must name nobody."""

import click

from consent_service.letters.references import SAYS, fault_of
from consent_service.subjects.identity import looks_personal


def names_nobody(_context: click.Context, _option: click.Parameter, text: str) -> str:
    """Refuse words in which somebody is named: they outlive the person."""
    if looks_personal(text):
        raise click.BadParameter("Leave out e-mail addresses, phone numbers and IIN: this outlives the person.")
    return text


def names_a_document(_context: click.Context, _option: click.Parameter, text: str) -> str:
    """Refuse what does not look like the reference of a document."""
    fault = fault_of(text)
    if fault is not None:
        raise click.BadParameter(SAYS[fault])
    return text
