"""One file to documents: by the headings that open them; leftovers of the web page are set aside."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from consent_service.kernel.errors import ImportRefusedError
from consent_service.policies.importing.dates import find_date
from consent_service.policies.importing.lines import has_hidden_address, has_letters
from consent_service.policies.importing.trace import Note

_NUMBER = re.compile(r"\s*\d+[.)]")
_SENTENCE_END = (".", "!", "?", ";", ":", ",")
SHORT = 80


@dataclass(slots=True)
class Part:
    """A document of the file: its heading, and the lines below it without what is no clause."""

    heading: str
    body: list[str]
    printed_on: date | None = None
    notes: list[Note] = field(default_factory=list)


def split_documents(lines: Sequence[str], headings: Sequence[tuple[str, bool]]) -> tuple[list[Part], list[str]]:
    """Split a file at its headings.

    Args:
        lines: The lines of the file.
        headings: Each heading looked for, and whether it is announced without a text.

    Raises:
        ImportRefusedError: A heading was not found; all of them are named.
    """
    starts: list[tuple[int, str]] = []
    missing = []
    for heading, announced in headings:
        place = _find(lines, heading, {at for at, _ in starts})
        if place is not None:
            starts.append((place, heading))
        elif not announced:
            missing.append(heading)
    if missing:
        names = "; ".join(f"«{heading}»" for heading in missing)
        raise ImportRefusedError(
            f"These headings were not found in the file: {names}. Bring the whole published set, "
            "or correct source.heading in the terms of the document."
        )
    starts.sort()
    dropped = [line.strip() for line in lines[: starts[0][0]] if line.strip()]
    ends = [place for place, _ in starts[1:]] + [len(lines)]
    parts = [Part(heading, list(lines[at + 1 : end])) for (at, heading), end in zip(starts, ends, strict=True)]
    repeated = _repeated_endings(parts)
    for part in parts:
        _tidy(part, repeated, dropped)
    return parts, dropped


def _find(lines: Sequence[str], heading: str, taken: set[int]) -> int | None:
    exact = [n for n, line in enumerate(lines) if line.strip() == heading.strip() and n not in taken]
    if exact:
        return exact[0]
    folded = heading.strip().casefold()
    return next((n for n, line in enumerate(lines) if line.strip().casefold() == folded and n not in taken), None)


def _repeated_endings(parts: Sequence[Part]) -> set[str]:
    """Return lines that close more than one document: buttons and hints of the web page."""
    last = [next((line.strip() for line in reversed(part.body) if line.strip()), "") for part in parts]
    return {line for line, times in Counter(last).items() if line and times > 1 and has_letters(line)}


def _tidy(part: Part, repeated: set[str], dropped: list[str]) -> None:
    kept: list[str] = []
    for line in part.body:
        if line.strip() in repeated:
            part.notes.append(Note("leftover_dropped", None, line.strip()))
            dropped.append(line.strip())
        else:
            kept.append(line)
    words = [line for line in kept if has_letters(line)]
    if not words:
        dropped.extend(line.strip() for line in kept if line.strip())
        part.body = []
        return
    part.body = _without_title_lines(part, kept, dropped)
    if has_hidden_address("\n".join(part.body)):
        part.notes.append(Note("hidden_address", None, "The web page has hidden an e-mail address."))


def _without_title_lines(part: Part, lines: list[str], dropped: list[str]) -> list[str]:
    """Take out what stands between the heading and the first sentence: the title again, a date, hints."""
    for place, line in enumerate(lines):
        text = line.strip()
        if not text:
            continue
        found = find_date(text)
        if found is not None and len(text) < SHORT:
            part.printed_on = found
            part.notes.append(Note("printed_date", None, text))
            dropped.append(text)
        elif _NUMBER.match(line) or len(text) >= SHORT or text.endswith(_SENTENCE_END):
            return lines[place:]
        else:
            part.notes.append(Note("leftover_dropped", None, text))
            dropped.append(text)
    return lines
