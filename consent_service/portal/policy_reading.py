"""A text as a page shows it: sections with their clauses, each with an anchor of its own, and a table of contents.

Pure.  Which text is shown, and what is said about it, is decided elsewhere.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from consent_service.policies.clauses import Clause, PolicyText
from consent_service.policies.queries import Version

PREFERRED = ("kk", "ru", "en")  # which text is read where there is none in the language that is wanted
LONGEST_HEADING = 160  # a "heading" with more characters is a clause that stands by itself
DEEPEST = 4
_STEPS = re.compile(r"\.\d|\[|\(")


@dataclass(frozen=True, slots=True)
class ShownClause:
    """A clause on a page.

    ``anchor`` is its id, ``link`` the same as an address has it.  ``printed`` is the number as it is printed, empty
    where the text prints none.  ``depth`` counts from 1.
    """

    anchor: str
    link: str
    number: str
    printed: str
    heading: str
    paragraphs: tuple[str, ...]
    depth: int


def text_language(version: Version, wanted: str) -> str:
    """Return the language in which a version is read: the one that is wanted, or the next best that it has."""
    return next(one for one in (wanted, *PREFERRED, *version.texts) if one in version.texts)


def shown_clauses(text: PolicyText) -> list[ShownClause]:
    """Return the clauses of a text in order; a number that the text repeats gets an anchor of its own.

    >>> [one.anchor for one in shown_clauses(PolicyText("", "en", (Clause("1", "A"), Clause("1", "B"))))]
    ['1', '1~2']
    """
    seen: dict[str, int] = {}
    found = []
    for clause in text.clauses:
        seen[clause.number] = seen.get(clause.number, 0) + 1
        times = seen[clause.number]
        found.append(_shown(clause, clause.number if times == 1 else f"{clause.number}~{times}"))
    return found


def contents(clauses: Sequence[ShownClause]) -> list[ShownClause]:
    """Return what a table of contents names: the headings, of the first depth where there are any."""
    headings = [one for one in clauses if one.heading]
    top = [one for one in headings if one.depth == 1]
    return top or headings


def _shown(clause: Clause, anchor: str) -> ShownClause:
    lines = tuple(line for line in clause.text.split("\n") if line.strip())
    is_heading = clause.is_heading and bool(lines) and len(lines[0]) <= LONGEST_HEADING
    return ShownClause(
        anchor=anchor,
        link=quote(anchor),
        number=clause.number,
        printed=_printed(clause.number),
        heading=lines[0] if is_heading else "",
        paragraphs=lines[1:] if is_heading else lines,
        depth=min(1 + len(_STEPS.findall(clause.number)), DEEPEST),
    )


def _printed(number: str) -> str:
    """Return what the text prints of a number: a position in square brackets is our own count.

    >>> _printed("2.2"), _printed("3[1](a)"), _printed("2.10[3]"), _printed("preamble")
    ('2.2', '(a)', '', '')
    """
    printed = number.rpartition("]")[2]
    return printed if printed[:1].isdigit() or printed[:1] == "(" else ""
