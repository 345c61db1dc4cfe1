"""How a document and its clause are cited to a person."""

from collections.abc import Sequence

from consent_service.policies.terms import Terms


def document_source(terms: Terms, operator: str, clause: Sequence[str]) -> dict[str, str]:
    """Return the words by which a rule of a document is cited, in kk, ru, en."""
    numbers = ", ".join(clause)
    return {
        "kk": f"{operator}: {terms.title['kk']}, {numbers}-тармақ",
        "ru": f"{operator}: {terms.title['ru']}, пункт {numbers}",
        "en": f"{operator}: {terms.title['en']}, clause {numbers}",
    }
