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
from consent_service.standings.plain_words import in_words

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
        news=list(in_words(old[0].terms, new[0].terms, language())),
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
