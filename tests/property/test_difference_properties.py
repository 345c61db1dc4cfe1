"""Whatever two texts are, their difference tells how to make one of the other."""

from hypothesis import given
from hypothesis import strategies as st

from consent_service.policies.clauses import Clause, PolicyText
from consent_service.policies.difference import ChangeKind, PieceKind, compare, compare_words

NUMBERS = st.sampled_from([f"{a}.{b}" for a in range(1, 5) for b in range(1, 5)])
WORDS = st.sampled_from(["", "one", "two", "three four", "five", "six"])
TEXTS = st.dictionaries(NUMBERS, WORDS, max_size=12).map(
    lambda clauses: PolicyText("T", "en", tuple(Clause(number, words) for number, words in clauses.items()))
)
SENTENCES = st.lists(st.sampled_from("abcde"), max_size=20).map(" ".join)


def _words(text: PolicyText) -> dict[str, str]:
    return {clause.number: clause.text for clause in text.clauses}


@given(TEXTS, TEXTS)
def test_the_changes_make_the_new_text_of_the_old_one(old: PolicyText, new: PolicyText) -> None:
    built = _words(old)
    changes = compare(old, new)
    for change in changes:
        if change.kind is ChangeKind.REMOVED:
            assert change.old == _words(old)[change.number]
            built.pop(change.number)
        elif change.kind is ChangeKind.MOVED:
            assert change.moved_from is not None
            assert change.old == change.new == _words(old)[change.moved_from]
            built.pop(change.moved_from)
    for change in changes:
        if change.new is not None:
            built[change.number] = change.new

    assert built == _words(new)


@given(TEXTS)
def test_a_text_does_not_differ_from_itself(text: PolicyText) -> None:
    assert compare(text, text) == ()


@given(TEXTS, TEXTS)
def test_no_clause_is_told_twice(old: PolicyText, new: PolicyText) -> None:
    changes = compare(old, new)
    told = [change.number for change in changes if change.kind is not ChangeKind.REMOVED]
    used = [change.moved_from or change.number for change in changes if change.kind is not ChangeKind.ADDED]

    assert len(set(told)) == len(told)
    assert len(set(used)) == len(used)


@given(TEXTS, TEXTS)
def test_a_change_without_moves_reads_backwards_as_its_opposite(old: PolicyText, new: PolicyText) -> None:
    forward = {c.number for c in compare(old, new) if c.kind is ChangeKind.CHANGED}
    backward = {c.number for c in compare(new, old) if c.kind is ChangeKind.CHANGED}

    assert forward == backward


@given(SENTENCES, SENTENCES)
def test_the_pieces_of_a_clause_hold_both_of_its_forms(old: str, new: str) -> None:
    pieces = compare_words(old, new)

    assert " ".join(p.words for p in pieces if p.kind is not PieceKind.ADDED) == old
    assert " ".join(p.words for p in pieces if p.kind is not PieceKind.REMOVED) == new
