"""What changed between two versions of a document: in plain words first, then clause beside clause."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import render_template
from flask_babel import gettext, ngettext

from consent_service.operators.queries import OperatorView
from consent_service.pages.languages import language
from consent_service.policies.clauses import PolicyText
from consent_service.policies.difference import ChangeKind, ClauseChange, Piece, PieceKind, compare, compare_words
from consent_service.policies.queries import TextInfo, VersionView
from consent_service.policies.terms import Terms, WithdrawalEffect
from consent_service.standings.rules import New, NewKind, what_is_new

Shown = tuple[VersionView, tuple[PolicyText, TextInfo]]


@dataclass(frozen=True, slots=True)
class Row:
    """One clause that changed, with the pieces of each side."""

    change: ClauseChange
    word: str
    old: tuple[Piece, ...]
    new: tuple[Piece, ...]


def change_page(operator: OperatorView, old: Shown, new: Shown, here: Mapping[str, Any]) -> str:  # Any: for templates
    """Make the page."""
    changes = compare(old[1][0], new[1][0])
    return render_template(
        "portal/changes.html",
        operator=operator,
        old=old[0],
        new=new[0],
        old_info=old[1][1],
        new_info=new[1][1],
        counts=list(_counts(changes)),
        news=list(news_in_words(old[0].terms, new[0].terms)),
        rows=[_row(change) for change in changes],
        same_words=old[1][1].sha256 == new[1][1].sha256,
        **here,
    )


def _row(change: ClauseChange) -> Row:
    pieces = compare_words(change.old or "", change.new or "")
    return Row(
        change,
        _kinds()[change.kind],
        tuple(piece for piece in pieces if piece.kind is not PieceKind.ADDED),
        tuple(piece for piece in pieces if piece.kind is not PieceKind.REMOVED),
    )


def _kinds() -> Mapping[ChangeKind, str]:
    return {
        ChangeKind.ADDED: gettext("new"),
        ChangeKind.REMOVED: gettext("removed"),
        ChangeKind.CHANGED: gettext("changed"),
        ChangeKind.MOVED: gettext("moved"),
    }


def _counts(changes: Sequence[ClauseChange]) -> Iterator[str]:
    kinds = Counter(change.kind for change in changes)
    said = {
        ChangeKind.ADDED: ngettext("%(num)s new clause", "%(num)s new clauses", kinds[ChangeKind.ADDED]),
        ChangeKind.CHANGED: ngettext("%(num)s changed clause", "%(num)s changed clauses", kinds[ChangeKind.CHANGED]),
        ChangeKind.REMOVED: ngettext("%(num)s removed clause", "%(num)s removed clauses", kinds[ChangeKind.REMOVED]),
        ChangeKind.MOVED: ngettext(
            "%(num)s clause with the same words in another place",
            "%(num)s clauses with the same words in another place",
            kinds[ChangeKind.MOVED],
        ),
    }
    return (words for kind, words in said.items() if kinds[kind])


def news_in_words(old: Terms, new: Terms) -> Iterator[str]:
    """Say what the rules of the new version bring and drop, and which periods became others."""
    for one in what_is_new(old, new):
        yield _with_clause(_brings(one), one.clause)
    for one in what_is_new(new, old):
        yield _drops(one)
    if old.validity.period != new.validity.period:
        yield gettext("How long a consent is valid: %(now)s (was: %(before)s)", now=_term(new), before=_term(old))
    before, after = _effects(old), _effects(new)
    if before != after:
        yield gettext("A withdrawal takes effect: %(now)s (was: %(before)s)", now=after, before=before)


def _brings(one: New) -> str:
    name = one.name[language()]
    words: Mapping[NewKind, str] = {
        NewKind.PURPOSE: gettext("New purpose: %(name)s", name=name),
        NewKind.DATA: gettext("New data: %(name)s", name=name),
        NewKind.RECIPIENT: gettext("New recipient: %(name)s", name=name),
        NewKind.CROSS_BORDER: gettext("New transfer abroad: %(name)s", name=name),
        NewKind.PUBLICATION: gettext("New publication: %(name)s", name=name),
    }
    return words[one.kind]


def _drops(one: New) -> str:
    name = one.name[language()]
    words: Mapping[NewKind, str] = {
        NewKind.PURPOSE: gettext("No longer a purpose: %(name)s", name=name),
        NewKind.DATA: gettext("No longer among the data: %(name)s", name=name),
        NewKind.RECIPIENT: gettext("No longer a recipient: %(name)s", name=name),
        NewKind.CROSS_BORDER: gettext("No longer sent abroad: %(name)s", name=name),
        NewKind.PUBLICATION: gettext("No longer published: %(name)s", name=name),
    }
    return words[one.kind]


def _with_clause(words: str, clause: Sequence[str]) -> str:
    if not clause:
        return words
    return str(gettext("%(words)s (clause %(clause)s)", words=words, clause=", ".join(clause)))


def _term(terms: Terms) -> str:
    return terms.validity.period.in_words(language()) if terms.validity.period else gettext("no period is printed")


def _effects(terms: Terms) -> str:
    return "; ".join(dict.fromkeys(_effect(effect) for effect in terms.withdrawal.effects)) or gettext("at receipt")


def _effect(effect: WithdrawalEffect) -> str:
    if effect.period is None:
        return str(gettext("at receipt"))
    return str(gettext("%(period)s after receipt", period=effect.period.in_words(language())))
