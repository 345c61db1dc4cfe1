"""What must agree inside one ``operator.yaml`` or ``terms.yaml`` beyond the form of each value.  Pure.

Each function yields the path of a value and what to write there; it expects data whose form is checked.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

Data = Mapping[str, Any]  # Any: JSON values
Problem = tuple[tuple[str | int, ...], str]
Check = Callable[[Data], Iterable[Problem]]

_CITING = frozenset({"clause", "agreement_clause", "covers_clause", "with"})


def terms_problems(terms: Data) -> Iterator[Problem]:
    """Yield what does not agree in the terms of a document."""
    yield from _dates(terms)
    yield from _codes(terms)
    yield from _needed_clauses(terms)
    yield from _acceptance(terms["acceptance"])
    yield from _effects(terms["withdrawal"]["effects"])
    if terms["recipients"] and terms.get("third_parties", {}).get("stated") == "no_":
        yield ("third_parties", "stated"), "The text names recipients, so remove this rule or write 'yes_'."
    for place, purpose in enumerate(terms["purposes"]):
        if purpose["marketing"] and purpose["required"]:
            yield (
                ("purposes", place, "required"),
                "Marketing is never a condition: write false, and 'bundled: true'.",
            )
    for place, answer in enumerate(terms["answers"]):
        if answer["period"] is not None and answer.get("at_once"):
            yield ("answers", place, "at_once"), "A rule has a period or is at once, not both; remove one."


def operator_problems(operator: Data) -> Iterator[Problem]:
    """Yield what does not agree in the description of an operator."""
    identifier = operator["identifier"]
    if (identifier["kind"] == "absent") != (identifier["value"] is None):
        yield ("identifier", "value"), "Write the number as text, or 'kind: absent' with 'value: null'."
    yield from _repeated([item["slug"] for item in operator["announced"]], ("announced",), "slug")
    yield from _repeated(operator["sites"], ("sites",), None)


def cited(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], str]]:  # Any: JSON
    """Yield every clause that a value cites, with its path."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if key in _CITING:
                tokens = [inner] if isinstance(inner, str) else inner
                yield from (((*path, key), token) for token in tokens)
            else:
                yield from cited(inner, (*path, key))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from cited(inner, (*path, place))


def _dates(terms: Data) -> Iterator[Problem]:
    dates = terms["dates"]
    printed, in_force = dates["printed_on"], dates["in_force_on"]
    if dates["date_source"] == "text" and printed is None:
        yield ("dates", "printed_on"), "Write the printed date, or 'date_source: operator'."
    if printed is not None and in_force < printed:
        yield ("dates", "in_force_on"), "A text is not in force before the date that it prints."
    if printed is not None and terms["source"]["read_on"] < printed:
        yield ("source", "read_on"), "A text is not read before the date that it prints."


def _codes(terms: Data) -> Iterator[Problem]:
    if not terms["purposes"]:
        yield (
            ("purposes",),
            "Write at least one purpose; with 'needs_consent: false' where the document only informs.",
        )
    known = {}
    for key in ("purposes", "data", "recipients"):
        codes = [item["code"] for item in terms[key]]
        known[key] = set(codes)
        yield from _repeated(codes, (key,), "code")
    for place, purpose in enumerate(terms["purposes"]):
        for key in ("data", "recipients"):
            yield from _unknown(purpose[key], known[key], ("purposes", place, key), key)
    for place, effect in enumerate(terms["withdrawal"]["effects"]):
        wanted = effect.get("purposes", ())
        yield from _unknown(wanted, known["purposes"], ("withdrawal", "effects", place, "purposes"), "purposes")


def _needed_clauses(terms: Data) -> Iterator[Problem]:
    said = "Name the clause that says so."
    silent = "The text is silent here, so remove the clause."
    for key, word, nothing in (
        ("data_list", "is", "absent"),
        ("third_parties", "stated", "unsaid"),
        ("cross_border", "stated", "unsaid"),
        ("publication", "stated", "unsaid"),
    ):
        rule = terms.get(key, {word: nothing})
        if rule[word] != nothing and "clause" not in rule:
            yield (key,), said
        elif rule[word] == nothing and "clause" in rule:
            yield (key, "clause"), silent
    if terms["validity"]["period"] is not None and "clause" not in terms["validity"]:
        yield ("validity",), said
    withdrawal = terms["withdrawal"]
    if withdrawal["agreement"] != "none" and "agreement_clause" not in withdrawal:
        yield ("withdrawal", "agreement"), "Name the clause in 'agreement_clause'."
    if withdrawal.get("covers") and "covers_clause" not in withdrawal:
        yield ("withdrawal", "covers"), "Name the clause in 'covers_clause'."


def _acceptance(acceptance: Data) -> Iterator[Problem]:
    on_approval = [acceptance["counts"] == "on_approval", acceptance["counts_at"] == "approval"]
    if any(on_approval) and not (all(on_approval) and "approval" in acceptance):
        yield (
            ("acceptance", "counts"),
            "An approval needs 'counts: on_approval', 'counts_at: approval' and the rule 'approval'.",
        )
    if acceptance["act"] != "none" and "clause" not in acceptance:
        yield ("acceptance",), "Name the clause that says how the document is accepted."
    if (acceptance["act"] == "none") != (acceptance["counts_at"] == "none"):
        yield ("acceptance", "counts_at"), "Write 'none' exactly where the act is 'none'."


def _effects(effects: Sequence[Data]) -> Iterator[Problem]:
    if not effects:
        yield ("withdrawal", "effects"), "Write at least '- {when: at_receipt}'."
    for place, effect in enumerate(effects):
        if (effect["when"] == "after_receipt") != (effect.get("period") is not None):
            yield (
                ("withdrawal", "effects", place),
                "Write a period with 'after_receipt', and none with 'at_receipt'.",
            )
        if effect["when"] == "after_receipt" and "clause" not in effect:
            yield ("withdrawal", "effects", place), "Name the clause that prints the period."


def _repeated(values: Sequence[str], path: tuple[str | int, ...], key: str | None) -> Iterator[Problem]:
    for place, value in enumerate(values):
        if value in values[:place]:
            where = (*path, place) if key is None else (*path, place, key)
            yield where, f"{value!r} stands here twice; keep one."


def _unknown(codes: Sequence[str], known: set[str], path: tuple[str | int, ...], where: str) -> Iterator[Problem]:
    for place, code in enumerate(codes):
        if code not in known:
            yield (*path, place), f"{code!r} is not among the codes under '{where}:'."
