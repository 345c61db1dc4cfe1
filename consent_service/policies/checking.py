"""Holds every rule of the terms against its clause: is the clause there, and does it say the number and the unit?

A rule is any mapping of the terms that has a ``clause``.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from consent_service.policies.clauses import PolicyText
from consent_service.policies.quantities import Quantity, find_quantities

PERIOD_KEYS = ("period", "notice", "within")
OTHER_CLAUSE_KEYS = ("agreement_clause", "covers_clause")
LONGEST_QUOTE = 80


class Verdict(StrEnum):
    """What holding a rule against its clause has shown."""

    CONFIRMED = "confirmed"
    CLAUSE_MISSING = "clause_missing"
    NUMBER_MISSING = "number_missing"


@dataclass(frozen=True, slots=True)
class RuleCheck:
    """One rule, its clauses, the quantities it needs said, the words that say them, and the verdict."""

    rule: str
    clauses: tuple[str, ...]
    expected: tuple[str, ...]
    words_found: str
    verdict: Verdict


def check_terms(
    terms: Mapping[str, object], text: PolicyText, others: Mapping[str, PolicyText] | None = None
) -> tuple[RuleCheck, ...]:
    """Check every rule of a document's terms against its text.

    Args:
        terms: The terms as JSON data.
        text: The document's text.
        others: Texts of the operator's other documents, for a clause cited as ``other-document/2.3``.
    """
    return tuple(_check(path, rule, text, others or {}) for path, rule in _rules("", terms))


def _rules(path: str, node: object) -> Iterator[tuple[str, Mapping[str, object]]]:
    if isinstance(node, Mapping):
        if node.get("clause"):
            yield path, {**node, "clause": [*_tokens(node["clause"]), *_tokens(node.get("with") or ())]}
        for key in OTHER_CLAUSE_KEYS:
            if node.get(key):
                yield f"{path}.{key}", {"clause": node[key]}
        for key, value in node.items():
            yield from _rules(f"{path}.{key}" if path else str(key), value)
    elif isinstance(node, list | tuple):
        for place, value in enumerate(node):
            yield from _rules(f"{path}[{place}]", value)


def _check(path: str, rule: Mapping[str, object], text: PolicyText, others: Mapping[str, PolicyText]) -> RuleCheck:
    clauses = _tokens(rule["clause"])
    expected = tuple(_expected(rule))
    words = {token: _words(token, text, others) for token in clauses}
    missing = [token for token, said in words.items() if said is None]
    if missing:
        return RuleCheck(path, clauses, expected, f"no clause {', '.join(missing)}", Verdict.CLAUSE_MISSING)
    said = " ".join(one for one in words.values() if one)
    found = find_quantities(said, text.language)
    quotes = [next((q.words for q in found if _says(q, wanted)), None) for wanted in expected]
    if None in quotes:
        return RuleCheck(path, clauses, expected, said[:LONGEST_QUOTE], Verdict.NUMBER_MISSING)
    quote = "; ".join(q for q in quotes if q) or said[:LONGEST_QUOTE]
    return RuleCheck(path, clauses, expected, quote, Verdict.CONFIRMED)


def _tokens(cited: object) -> tuple[str, ...]:
    """Return the clauses cited, one or several."""
    return tuple(map(str, cited)) if isinstance(cited, list | tuple) else (str(cited),)


def _expected(rule: Mapping[str, object]) -> Iterator[str]:
    """Return what must be said, written ``10d``, ``30wd`` or ``18age``."""
    for key in PERIOD_KEYS:
        value = rule.get(key)
        if isinstance(value, str):
            yield value
    says = rule.get("says")
    if isinstance(says, list | tuple):
        for one in says:
            if isinstance(one, Mapping):
                yield f"{one['number']}{one['unit']}"


def _says(quantity: Quantity, wanted: str) -> bool:
    units = {quantity.unit, "age"} if quantity.unit == "y" else {quantity.unit}  # «18 лет» is an age, too
    return wanted in {f"{quantity.value}{unit}" for unit in units}


def _words(token: str, text: PolicyText, others: Mapping[str, PolicyText]) -> str | None:
    """Return the words of a clause with what is printed below it; None where there is none."""
    document, slash, own = token.rpartition("/")
    source = others.get(document) if slash else text
    clauses = source.below(own) if source is not None else ()
    return " ".join(clause.text for clause in clauses) if clauses else None
