"""A document set as one paragraph: its sections, lettered and numbered items are found where they stand.

``4.`` before words in capitals opens a section; ``(a)`` an item, and the printed © is read as (c); where the letters
start again in a section, each run of them is a block that is counted: ``3[2](a)``.  ``(1)`` is an item where the items
end with semicolons; a list inside a sentence stays in it.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from consent_service.policies.clauses import PREAMBLE, Clause
from consent_service.policies.importing.dates import find_date
from consent_service.policies.importing.letters import read_letter
from consent_service.policies.importing.trace import Note, Numbered

_SECTION = re.compile(r"(?<!\S)(\d{1,2}(?:\.\d{1,2})*)\.\s+(?=[A-ZА-ЯЁӘҒҚҢӨҰҮҺІ]{2})")
_LETTER = re.compile(r"(?<!\S)(?:\(([a-zа-г])\)|(©))\s+")
_ITEM = re.compile(r"(?<!\S)\((\d{1,2})\)\s+")
_HEADING = re.compile(r"(?:[^a-zа-яёәғқңөұүһі]+(?=\s[A-ZА-ЯЁӘҒҚҢӨҰҮҺІ]?[a-zа-яёәғқңөұүһі(])|[^a-zа-яёәғқңөұүһі]+$)")
_SENTENCE = re.compile(r"[.!?]\s+")
_CLOSING = re.compile(r"(?P<words>[^.:]{3,60}:\s*[^.:]{4,40})\s*$")
LONG = 3000


@dataclass(frozen=True, slots=True)
class _Piece:
    token: str
    text: str


def is_one_paragraph(lines: Sequence[str]) -> bool:
    """Say whether a document is set as one paragraph with its sections inside."""
    words = [line for line in lines if line.strip()]
    return bool(words) and max(map(len, words)) > LONG and sum(len(_SECTION.findall(line)) for line in words) > 1


def number_paragraph(text: str) -> Numbered:
    """Turn a one-paragraph document into clauses."""
    found = Numbered()
    text, closing = _closing(text)
    for token, words in _sections(text):
        heading, rest = _heading(words)
        pieces = list(_letters(token, rest, found.notes))
        own = pieces[0].text if pieces and pieces[0].token == token else ""
        found.clauses.append(Clause(token, f"{heading} {own}".strip(), is_heading=token != PREAMBLE))
        for piece in pieces:
            if piece.token != token:
                found.clauses += _items(piece)
            elif not any(other.token != token for other in pieces):
                head, *items = _items(_Piece(token, f"{heading} {own}".strip()))
                found.clauses[-1] = Clause(token, head.text, is_heading=True)
                found.clauses += items
    if closing:
        found.clauses.append(Clause("details", closing))
        found.printed_on = find_date(closing)
    return found


def _closing(text: str) -> tuple[str, str]:
    """Part the line with the date of the last update from the end of the text."""
    match = _CLOSING.search(text)
    if match is None or find_date(match["words"]) is None:
        return text, ""
    return text[: match.start()].rstrip(), match["words"].strip()


def _sections(text: str) -> Iterator[tuple[str, str]]:
    marks = []
    last = "0"
    for match in _SECTION.finditer(text):
        if _follows(last, match[1]):
            marks.append(match)
            last = match[1]
    first = marks[0].start() if marks else len(text)
    if text[:first].strip():
        yield PREAMBLE, text[:first].strip()
    ends = [match.start() for match in marks[1:]] + [len(text)]
    for match, end in zip(marks, ends, strict=True):
        yield match[1], text[match.end() : end].strip()


def _follows(last: str, number: str) -> bool:
    """Say whether a section number comes next: ``4`` after ``3.2``, ``4.1`` after ``4``, ``4.2`` after ``4.1``."""
    before, now = [int(n) for n in last.split(".")], [int(n) for n in number.split(".")]
    if len(now) > len(before):
        return now == [*before, 1]
    return now[:-1] == before[: len(now) - 1] and now[-1] == before[len(now) - 1] + 1


def _heading(words: str) -> tuple[str, str]:
    """Part the heading in capitals from the words after it."""
    match = _HEADING.match(words)
    if match is None:
        return "", words
    end = match.end()
    return words[:end].strip(), words[end:].strip()


def _letters(token: str, text: str, notes: list[Note]) -> Iterator[_Piece]:
    """Part a section at its letters; a run that starts again is a block of its own."""
    marks: list[tuple[str, int, int]] = []
    expected = "a"
    for match in _LETTER.finditer(text):
        letter = read_letter(match[1] or match[2])
        if letter not in {expected, "a"} or (letter == "a" and marks and expected == "a"):
            continue
        if match[2]:
            notes.append(Note("copyright_sign_read_as_c", token, "The printed © at a list position is read as (c)."))
        marks.append((letter, match.start(), match.end()))
        expected = chr(ord(letter) + 1)
    runs = sum(letter == "a" for letter, _, _ in marks)
    if not marks:
        yield _Piece(token, text)
        return
    if runs > 1:
        notes.append(Note("letters_restart", token, f"The letters start again {runs} times; the blocks are counted."))
        yield from _blocks(token, text, marks)
        return
    yield _Piece(token, text[: marks[0][1]].strip())
    yield from _lettered(token, text, marks, len(text))


def _blocks(token: str, text: str, marks: list[tuple[str, int, int]]) -> Iterator[_Piece]:
    starts = [place for place, mark in enumerate(marks) if mark[0] == "a"]
    begin = 0
    for block, first in enumerate(starts, start=1):
        after = starts[block] if block < len(starts) else len(marks)
        end = _introduction(text, marks[after - 1][2], marks[after][1]) if after < len(marks) else len(text)
        name = f"{token}[{block}]"
        yield _Piece(name, text[begin : marks[first][1]].strip())
        yield from _lettered(name, text, marks[first:after], end)
        begin = end


def _introduction(text: str, start: int, end: int) -> int:
    """Return where the introduction of the next block begins: the last sentence before its first letter."""
    words = text[start:end].rstrip()
    ends = [match.end() for match in _SENTENCE.finditer(words)]
    return start + ends[-1] if ends else end


def _lettered(token: str, text: str, marks: Sequence[tuple[str, int, int]], end: int) -> Iterator[_Piece]:
    ends = [start for _, start, _ in marks[1:]] + [end]
    for (letter, _, begin), stop in zip(marks, ends, strict=True):
        yield _Piece(f"{token}({letter})", text[begin:stop].strip())


def _items(piece: _Piece) -> list[Clause]:
    """Part a clause at its numbered items, where each ends with a semicolon.

    What follows the last item belongs to the clause.
    """
    marks: list[re.Match[str]] = []
    for match in _ITEM.finditer(piece.text):
        if int(match[1]) == len(marks) + 1:
            marks.append(match)
    listed = len(marks) > 1 and all(piece.text[: match.start()].rstrip().endswith((";", ":")) for match in marks)
    if not listed:
        return [Clause(piece.token, piece.text)]
    last = piece.text[marks[-1].end() :]
    sentence = _SENTENCE.search(last)
    cut = marks[-1].end() + (sentence.start() + 1 if sentence else len(last))
    ends = [match.start() for match in marks[1:]] + [cut]
    own = f"{piece.text[: marks[0].start()].strip()} {piece.text[cut:].strip()}".strip()
    return [
        Clause(piece.token, own),
        *(
            Clause(f"{piece.token}({match[1]})", piece.text[match.end() : end].strip())
            for match, end in zip(marks, ends, strict=True)
        ),
    ]
