"""What a check looks at and what it answers with.  Plain values, no database."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from consent_service.deadlines.catalogue import DutyRule
from consent_service.policies.terms import DocumentKind, Fact, LocalText, Rule, Terms

Placed = tuple[str, Rule]
R = TypeVar("R", bound=Rule)


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """One version of a document with what else the law looks at.

    ``languages`` are those of the operator's own text, none where it is not here; ``duties`` are those of the law
    of the day, by code.
    """

    terms: Terms
    has_bin: bool
    has_contact: bool
    languages: frozenset[str]
    duties: Mapping[str, DutyRule]

    @property
    def asks_consent(self) -> bool:
        """Say whether processing rests on consent by this document."""
        return self.terms.kind is DocumentKind.CONSENT or any(p.needs_consent for p in self.terms.purposes)


@dataclass(frozen=True, slots=True)
class Ground:
    """What a finding rests on: rules by their place in the terms; none where the text is silent.

    ``duty`` is the dated duty of the law that the text is held against, where there is one.
    """

    rules: tuple[Placed, ...] = ()
    duty: DutyRule | None = None

    @property
    def clause(self) -> tuple[str, ...]:
        """Return the clauses, each once, in the order of the rules."""
        tokens: dict[str, None] = {}
        for _, rule in self.rules:
            tokens |= dict.fromkeys((*rule.clause, *(rule.with_ if isinstance(rule, Fact) else ())))
        return tuple(tokens)

    @property
    def notes(self) -> tuple[LocalText, ...]:
        """Return what the terms tell a reader of these rules."""
        return tuple(rule.note for _, rule in self.rules if rule.note is not None)


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that is looked for; its words, article and weight stand under ``code`` in ``data/``."""

    code: str
    find: Callable[[Examined], Iterable[Ground]]
    applies: Callable[[Examined], bool]


def if_consent_is_asked(examined: Examined) -> bool:
    """Let a check look at documents on which consent rests."""
    return examined.asks_consent


def if_no_consent_is_asked(examined: Examined) -> bool:
    """Let a check look at the other documents."""
    return not examined.asks_consent


def if_own_text_is_here(examined: Examined) -> bool:
    """Let a check look at documents whose published text was imported; our restatement says nothing of it."""
    return bool(examined.languages)


def always(_examined: Examined) -> bool:
    """Let a check look at every document."""
    return True


def chosen(place: str, rules: Sequence[R], keep: Callable[[R], bool]) -> tuple[Placed, ...]:
    """Return those rules of a list that say what is looked for, each with its place."""
    return tuple((f"{place}[{number}]", rule) for number, rule in enumerate(rules) if keep(rule))


def silent(*, when: bool) -> Iterable[Ground]:
    """Answer that the text is silent, if it is."""
    return (Ground(),) if when else ()


def said(place: str, rule: Rule, *, when: bool = True) -> Iterable[Ground]:
    """Answer with one rule, if it says what is looked for."""
    return (Ground(((place, rule),)),) if when else ()


def all_of(rules: tuple[Placed, ...]) -> Iterable[Ground]:
    """Answer with one finding for all rules, if there is any."""
    return (Ground(rules),) if rules else ()


def each_of(rules: tuple[Placed, ...]) -> Iterable[Ground]:
    """Answer with a finding for each rule."""
    return tuple(Ground((rule,)) for rule in rules)
