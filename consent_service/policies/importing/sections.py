"""A text that prints no numbers: its sections by heading, counted, and their paragraphs."""

import re
from collections.abc import Sequence

from consent_service.policies.clauses import Clause
from consent_service.policies.importing.trace import Note, Numbered

_NUMBERED = re.compile(r"\s*\d+(?:\.\d+)*\.?\s+\S")
_ENDS = (".", "!", "?", ";", ":", ",")
LONGEST_HEADING = 60


def has_numbers(lines: Sequence[str]) -> bool:
    """Say whether a text prints numbers of clauses."""
    return sum(bool(_NUMBERED.match(line)) for line in lines) > 1


def number_sections(lines: Sequence[str], title: str) -> Numbered:
    """Count sections as ``[1]`` and their paragraphs as ``[1][1]``; the document's own title opens section 1."""
    found = Numbered([Clause("[1]", title, is_heading=True)])
    section, paragraph = 1, 0
    for line in lines:
        text = line.strip()
        if not text:
            continue
        if len(text) <= LONGEST_HEADING and not text.endswith(_ENDS):
            section, paragraph = section + 1, 0
            found.clauses.append(Clause(f"[{section}]", text, is_heading=True))
            continue
        paragraph += 1
        found.clauses.append(Clause(f"[{section}][{paragraph}]", text))
    found.notes.append(Note("no_printed_numbers", None, "The text prints no clause numbers; sections are counted."))
    return found
