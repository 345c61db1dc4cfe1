"""What changed between two versions of a text: clause by clause, and word by word inside a clause.  Pure."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from consent_service.policies.clauses import PolicyText

# A clause with more words than this is shown as replaced whole: the comparison grows with the square.
MOST_WORDS = 3000


class ChangeKind(StrEnum):
    """What happened to a clause."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    MOVED = "moved"


@dataclass(frozen=True, slots=True)
class ClauseChange:
    """One change.

    ``number`` is that of the new text, or of the old one where the clause is removed.  ``old`` and ``new``
    are the words, None where there are none.  A moved clause has the same words as ``moved_from`` had.
    """

    kind: ChangeKind
    number: str
    old: str | None
    new: str | None
    moved_from: str | None = None


class PieceKind(StrEnum):
    """What happened to some words of a clause."""

    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Piece:
    """Neighbouring words of a clause with the same fate."""

    kind: PieceKind
    words: str


def compare(old: PolicyText, new: PolicyText) -> tuple[ClauseChange, ...]:
    """Compare two versions; changes in the order of the new text, removals where the clause was.

    A clause is the same if its words are, wherever it stands; of the rest those with the same number are one
    clause that has changed.  White space alone is no change.
    """
    before, after = _words(old), _words(new)
    sources = _pair(before, after)
    removed = _removed_after(before, sources)
    changes = [*removed[None]]
    for number, words in after.items():
        source = sources.get(number)
        if source is None:
            changes.append(ClauseChange(ChangeKind.ADDED, number, None, words))
        elif source != number:
            changes.append(ClauseChange(ChangeKind.MOVED, number, before[source], words, moved_from=source))
        elif before[source] != words:
            changes.append(ClauseChange(ChangeKind.CHANGED, number, before[source], words))
        changes += removed[number]
    return tuple(changes)


def compare_words(old: str, new: str) -> tuple[Piece, ...]:
    """Compare the words of one clause in two versions."""
    before, after = old.split(), new.split()
    pieces: list[Piece] = []
    if max(len(before), len(after)) > MOST_WORDS:
        blocks = [("replace", 0, len(before), 0, len(after))]
    else:
        blocks = list(SequenceMatcher(None, before, after, autojunk=False).get_opcodes())
    for kind, old_from, old_to, new_from, new_to in blocks:
        if kind == "equal":
            pieces.append(Piece(PieceKind.SAME, " ".join(after[new_from:new_to])))
            continue
        if old_from < old_to:
            pieces.append(Piece(PieceKind.REMOVED, " ".join(before[old_from:old_to])))
        if new_from < new_to:
            pieces.append(Piece(PieceKind.ADDED, " ".join(after[new_from:new_to])))
    return tuple(pieces)


def _words(text: PolicyText) -> dict[str, str]:
    """Return the words by number; a number that a text repeats has all of its words."""
    words: dict[str, str] = {}
    for clause in text.clauses:
        known = words.get(clause.number, "")
        words[clause.number] = " ".join(f"{known} {clause.text}".split())
    return words


def _pair(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, str]:
    """Return the old number of each new one that has any."""
    sources = {number: number for number, words in after.items() if before.get(number) == words}
    free: defaultdict[str, list[str]] = defaultdict(list)
    for number, words in before.items():
        if number not in sources and words:
            free[words].append(number)
    for number, words in after.items():
        if number not in sources and free[words]:
            sources[number] = free[words].pop(0)
    used = set(sources.values())
    for number in after:
        if number not in sources and number in before and number not in used:
            sources[number] = number
    return sources


def _removed_after(
    before: Mapping[str, str], sources: Mapping[str, str]
) -> defaultdict[str | None, list[ClauseChange]]:
    """Return what was removed, by the new number of the clause that stood before it."""
    places = {source: number for number, source in sources.items()}
    removed: defaultdict[str | None, list[ClauseChange]] = defaultdict(list)
    last: str | None = None
    for number, words in before.items():
        if number in places:
            last = places[number]
        else:
            removed[last].append(ClauseChange(ChangeKind.REMOVED, number, words, None))
    return removed
