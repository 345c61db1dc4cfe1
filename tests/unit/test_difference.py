"""What changed between two versions of a text."""

from consent_service.policies.clauses import Clause, PolicyText
from consent_service.policies.difference import (
    MOST_WORDS,
    ChangeKind,
    ClauseChange,
    Piece,
    PieceKind,
    compare,
    compare_words,
)


def _text(**clauses: str) -> PolicyText:
    return PolicyText("T", "en", tuple(Clause(number.strip("_"), words) for number, words in clauses.items()))


def _short(changes: tuple[ClauseChange, ...]) -> list[tuple[str, str]]:
    return [(str(change.kind), change.number) for change in changes]


def test_the_same_text_has_no_changes() -> None:
    text = _text(_1="one", _2="two")

    assert compare(text, text) == ()


def test_white_space_is_no_change() -> None:
    assert compare(_text(_1="one  two\nthree"), _text(_1="one two three")) == ()


def test_a_changed_clause_shows_both_forms() -> None:
    assert compare(_text(_1="3 days"), _text(_1="5 days")) == (
        ClauseChange(ChangeKind.CHANGED, "1", "3 days", "5 days"),
    )


def test_an_inserted_clause_moves_those_after_it() -> None:
    changes = compare(_text(_1="a", _2="b", _3="c"), _text(_1="a", _2="new", _3="b", _4="c"))

    assert _short(changes) == [("added", "2"), ("moved", "3"), ("moved", "4")]
    assert [change.moved_from for change in changes] == [None, "2", "3"]


def test_a_removed_clause_stands_where_it_was() -> None:
    changes = compare(_text(_1="a", _2="b", _3="c"), _text(_1="A", _3="C"))

    assert _short(changes) == [("changed", "1"), ("removed", "2"), ("changed", "3")]


def test_a_clause_removed_from_the_beginning_comes_first() -> None:
    assert _short(compare(_text(_0="x", _1="a"), _text(_1="A"))) == [("removed", "0"), ("changed", "1")]


def test_words_of_a_clause_are_compared() -> None:
    assert compare_words("within 3 days of receipt", "within 10 days of receipt") == (
        Piece(PieceKind.SAME, "within"),
        Piece(PieceKind.REMOVED, "3"),
        Piece(PieceKind.ADDED, "10"),
        Piece(PieceKind.SAME, "days of receipt"),
    )


def test_a_clause_of_very_many_words_is_replaced_whole() -> None:
    pieces = compare_words("a " * (MOST_WORDS + 1), "a")

    assert [piece.kind for piece in pieces] == [PieceKind.REMOVED, PieceKind.ADDED]


def test_a_new_clause_has_no_old_words() -> None:
    assert compare_words("", "new words") == (Piece(PieceKind.ADDED, "new words"),)
