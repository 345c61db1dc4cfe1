"""Lines to clauses: the printed numbers, bullets, annexes and requisites.

A number with dots (``7.2.1``) is a token as it stands.  A single number (``10.``) that is indented, or that starts
again, stands under the clause above it: ``10.`` under ``2.`` is ``2.10``.  What carries no number belongs to the clause
before it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from consent_service.policies.clauses import PREAMBLE, Clause, is_below
from consent_service.policies.importing.annexes import annex_number, annex_tokens
from consent_service.policies.importing.letters import read_letter
from consent_service.policies.importing.trace import Note, Numbered

_DOTTED = re.compile(r"(?P<indent>\s*)(?P<number>\d{1,3}(?:\.\d{1,3})+)\.?\s+(?P<text>\S.*)")
_SINGLE = re.compile(r"(?P<indent>\s*)(?P<number>\d{1,3})\.\s*(?P<text>\S.*)")
_LETTER = re.compile(r"(?P<indent>\s*)(?:\((?P<letter>[a-zа-г])\)|(?P<sign>©))\s+(?P<text>\S.*)")
_BULLET = re.compile(r"(?P<indent>\s*)[•·▪◦‣\-–—]\s+(?P<text>\S.*)")
_INNER = re.compile(r"(?<=[;.])\s+(\d{1,3}(?:\.\d{1,3})+)\.\s+(?=\S)")
_LEADING = re.compile(r"\d+", re.ASCII)
_DEFINITION = re.compile(r"\S.{0,79}? — \S")
_REQUISITES = re.compile(r"\b\d{12}\b|\bKZ[0-9A-Z]{18}\b")
LONGEST_SUBHEADING = 60
LONGEST_HEADING = 150


@dataclass(slots=True)
class _Open:
    """A clause that is being read."""

    token: str
    indent: int
    lines: list[str]
    is_heading: bool = False
    bullets: int = 0
    letters: int = 0


@dataclass(slots=True)
class _Reader:
    found: Numbered = field(default_factory=Numbered)
    stack: list[_Open] = field(default_factory=list)
    current: _Open | None = None
    uses_dots: bool = False
    uses_indents: bool = False
    definitions: int = 0
    repeats: int = 0
    last: str | None = None
    seen: set[str] = field(default_factory=set)

    def open(self, clause: _Open) -> None:
        self.close()
        self.current = clause

    def close(self) -> None:
        if self.current is not None:
            words = " ".join(line.strip() for line in self.current.lines).strip()
            self.found.clauses.append(Clause(self.current.token, words, self.current.is_heading))
            self.current = None


def number_lines(lines: Sequence[str]) -> Numbered:
    """Turn the lines of a document into clauses under their printed numbers."""
    body, annexes, requisites = _parts(list(_split_inner(lines)))
    reader = _Reader()
    reader.uses_dots = any(_DOTTED.match(line) for line in body)
    indents = {len(match["indent"]) for line in body if (match := _SINGLE.match(line)) and not _DOTTED.match(line)}
    reader.uses_indents = len(indents) > 1
    words = [line for line in body if line.strip()]
    for line, following in zip(words, [*words[1:], ""], strict=True):
        _take(reader, line, following)
    reader.close()
    for number, annex in annexes:
        reader.found.clauses += annex_tokens(number, annex)
    if requisites:
        reader.found.clauses.append(Clause("details", " ".join(requisites)))
    _note_gaps(reader.found)
    return reader.found


def _split_inner(lines: Sequence[str]) -> Sequence[str]:
    """Give a number of its own line where two clauses are printed on one: ``6.11. ...; 6.12. ...``."""
    split: list[str] = []
    for line in lines:
        start = _DOTTED.match(line)
        if start is None:
            split.append(line)
            continue
        last, begin = start["number"], 0
        for match in _INNER.finditer(line):
            if match[1] == _successor(last):
                split.append(line[begin : match.start()])
                begin, last = match.start() + 1, match[1]
        split.append(line[begin:])
    return split


def _parts(lines: list[str]) -> tuple[list[str], list[tuple[int, list[str]]], list[str]]:
    """Part a document into its body, its annexes, and the requisites after its last clause."""
    starts = [(place, number) for place, line in enumerate(lines) if (number := annex_number(line)) is not None]
    body = lines[: starts[0][0]] if starts else lines
    ends = [*(place for place, _ in starts), len(lines)][1:]
    annexes = [(number, lines[at:end]) for (at, number), end in zip(starts, ends, strict=False)]
    last = max((n for n, line in enumerate(body) if _DOTTED.match(line) or _SINGLE.match(line)), default=-1)
    tail = [line.strip() for line in body[last + 1 :] if line.strip()]
    gap = any(not line.strip() for line in body[last + 1 : last + 3])
    if gap and any(_REQUISITES.search(line) for line in tail):
        return body[: last + 1], annexes, tail
    return body, annexes, []


def _take(reader: _Reader, line: str, following: str) -> None:
    dotted, single, bullet = _DOTTED.match(line), _SINGLE.match(line), _BULLET.match(line)
    letter = _LETTER.match(line)
    if dotted and not _is_reference(reader, dotted):
        token = dotted["number"]
        reader.stack = [clause for clause in reader.stack if is_below(token, clause.token)]
        _start(reader, _Open(token, len(dotted["indent"]), [dotted["text"]]))
    elif single and not dotted and _is_next(reader, int(single["number"]), len(single["indent"])):
        token = _nested(reader, int(single["number"]), len(single["indent"]))
        heading = "." not in token and len(single["text"]) <= LONGEST_HEADING
        _start(reader, _Open(token, len(single["indent"]), [single["text"]], is_heading=heading))
    elif letter and reader.stack and _is_next_letter(reader.stack[-1], letter):
        parent = reader.stack[-1]
        parent.letters += 1
        reader.open(_Open(f"{parent.token}({_letter(letter)})", len(letter["indent"]), [letter["text"]]))
    elif bullet and reader.stack:
        parent = reader.stack[-1]
        parent.bullets += 1
        reader.open(_Open(f"{parent.token}[{parent.bullets}]", len(bullet["indent"]), [bullet["text"]]))
    else:
        _add_words(reader, line, following)


def _is_reference(reader: _Reader, match: re.Match[str]) -> bool:
    """Say whether a dotted number only begins a wrapped line: ``5.2`` within clause 6.1 is named there, not opened."""
    if reader.last is None:
        return False
    number, last = [int(n) for n in match["number"].split(".")], [int(n) for n in reader.last.split(".")]
    return number < last or (number == last and match["text"][0].islower())


def _letter(match: re.Match[str]) -> str:
    return read_letter(match["letter"] or match["sign"])


def _is_next_letter(parent: _Open, match: re.Match[str]) -> bool:
    return ord(_letter(match)) == ord("a") + parent.letters


def _start(reader: _Reader, clause: _Open) -> None:
    if clause.token in reader.seen:
        reader.found.notes.append(Note("number_repeated", clause.token, f"{clause.token} is printed more than once."))
        reader.repeats += 1
        clause.token = f"{clause.token}[{reader.repeats + 1}]"
    reader.seen.add(clause.token)
    reader.last = clause.token if re.fullmatch(r"[\d.]+", clause.token) else reader.last
    reader.open(clause)
    reader.stack.append(clause)
    reader.definitions = 0


def _add_words(reader: _Reader, line: str, following: str) -> None:
    text = line.strip()
    if reader.current is None:
        reader.open(_Open(PREAMBLE, 0, [text]))
        return
    section = reader.stack[-1] if reader.stack else None
    if section is not None and section.is_heading and _DEFINITION.match(text) and reader.uses_dots:
        reader.definitions += 1
        reader.open(_Open(f"{section.token}[{reader.definitions}]", 0, [text]))
    elif len(text) <= LONGEST_SUBHEADING and text.endswith(":") and _DOTTED.match(following):
        reader.found.notes.append(Note("subheading", None, text))
    else:
        reader.current.lines.append(text)


def _is_next(reader: _Reader, number: int, indent: int) -> bool:
    """Say whether a single number opens a clause, and is not a number that begins a wrapped line."""
    if not reader.stack or number == 1:
        return True
    if reader.uses_dots:
        return number == _last(reader.stack[0].token.split(".")[0]) + 1
    if reader.uses_indents:
        return any(clause.indent == indent for clause in reader.stack) or indent > reader.stack[-1].indent
    return any(number == _last(clause.token) + 1 for clause in reader.stack)


def _nested(reader: _Reader, number: int, indent: int) -> str:
    """Return the token of a single number, by its indentation or by where it counts on."""
    if reader.uses_dots:
        reader.stack = []
    elif reader.uses_indents:
        while reader.stack and reader.stack[-1].indent >= indent:
            reader.stack.pop()
    elif number != 1:
        while reader.stack and _last(reader.stack[-1].token) + 1 != number:
            reader.stack.pop()
        if reader.stack:
            reader.stack.pop()
    return f"{reader.stack[-1].token}.{number}" if reader.stack else str(number)


def _last(token: str) -> int:
    """Return the last printed number of a token, without the place of a bullet under it ("1[2]")."""
    digits = _LEADING.match(token.rpartition(".")[2])
    return int(digits[0]) if digits else 0


def _successor(token: str) -> str:
    return f"{token.rpartition('.')[0]}.{_last(token) + 1}"


def _note_gaps(found: Numbered) -> None:
    """Note where the printed numbers jump."""
    before: dict[str, int] = {}
    for clause in found.clauses:
        if not re.fullmatch(r"\d+(\.\d+)*", clause.number):
            continue
        head, _, last = clause.number.rpartition(".")
        if head in before and int(last) > before[head] + 1:
            found.notes.append(
                Note("numbering_gap", clause.number, f"The number before {clause.number} is not printed.")
            )
        before[head] = int(last)
