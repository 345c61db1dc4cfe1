"""Reads a restatement (``kk.md``, ``ru.md``, ``en.md``): front matter, title, marking line, numbered clauses.

It does not judge whether the clauses are the right ones; ``documents`` compares languages and rules.
"""

import re
from dataclasses import dataclass, field

from consent_service.kernel.errors import PolicyDataError
from consent_service.policies.clauses import Clause, PolicyText

LANGUAGES = ("kk", "ru", "en")
MAX_BYTES = 1 << 20

_FIRST = r"(?:preamble|details|annex-\d+|\d+(?:\.\d+)*|\[\d+\])"
TOKEN = re.compile(rf"{_FIRST}(?:\.\d+|\[\d+\]|\([^\W_]{{1,3}}\))*")
_KEYS = ("operator", "document", "version", "language", "text_kind")
_FRONT = re.compile(r"([a-z_]+): *\"?([^\"]*)\"?", re.ASCII)
_HEADING = re.compile(r"## +(\S+)(?: +(\S.*))?")
_CLAUSE = re.compile(r"\*\*([^*\s]+)\*\*(?: +(\S.*))?")


@dataclass(frozen=True, slots=True)
class Restatement:
    """One language of a document version in our words."""

    operator: str
    document: str
    version: str
    marking: str
    text: PolicyText


@dataclass(slots=True)
class _Draft:
    """A clause while its lines are being read."""

    number: str
    is_heading: bool
    line: int
    paragraphs: list[str] = field(default_factory=list)


def parse_restatement(data: bytes, name: str) -> Restatement:
    """Parse one file; ``name`` stands in errors.

    A paragraph without a token belongs to the clause before it.

    Raises:
        PolicyDataError: The file is not in the form; with the line and what to write.
    """
    if len(data) > MAX_BYTES:
        raise PolicyDataError(f"{name}: The file has more than {MAX_BYTES} bytes.")
    try:
        lines = data.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise PolicyDataError(f"{name}:{line}: This is not UTF-8; save the file as UTF-8.") from error
    front, start = _front_matter(lines, name)
    title, marking, body = _opening(lines, start, name)
    clauses = _clauses(lines, body, name)
    return Restatement(
        front["operator"],
        front["document"],
        front["version"],
        marking,
        PolicyText(title, front["language"], clauses),
    )


def parse_clauses(written: str, name: str) -> tuple[Clause, ...]:
    """Parse clauses as they stand in a file below its marking line.

    Raises:
        PolicyDataError: They are not in the form; with the line and what to write.
    """
    return _clauses(written.splitlines(), 0, name)


def write_clauses(text: PolicyText) -> str | None:
    """Write clauses as they stand in a file; None where reading them back would give others."""
    written = "\n\n".join(
        f"## {one.number} {one.text}".rstrip()
        if one.is_heading
        else f"**{one.number}** " + "\n\n".join(one.text.split("\n"))
        for one in text.clauses
    )
    try:
        read = parse_clauses(written, text.language)
    except PolicyDataError:
        return None
    return written if PolicyText(text.title, text.language, read).canonical() == text.canonical() else None


def _front_matter(lines: list[str], name: str) -> tuple[dict[str, str], int]:
    if not lines or lines[0].strip() != "---":
        raise PolicyDataError(f"{name}:1: Begin the file with '---', then {', '.join(_KEYS)}, then '---'.")
    front: dict[str, str] = {}
    for number, line in enumerate(lines[1:], 2):
        if line.strip() == "---":
            missing = [key for key in _KEYS if not front.get(key)]
            if missing:
                raise PolicyDataError(f"{name}:{number}: Add {', '.join(missing)} above this line.")
            return front, number
        match = _FRONT.fullmatch(line.strip())
        if match is None or match[1] not in _KEYS or match[1] in front:
            raise PolicyDataError(f"{name}:{number}: Write each of {', '.join(_KEYS)} once, as 'key: value'.")
        front[match[1]] = match[2].strip()
        if match[1] == "language" and front["language"] not in LANGUAGES:
            raise PolicyDataError(f"{name}:{number}: Write one of {', '.join(LANGUAGES)}.")
        if match[1] == "text_kind" and front["text_kind"] != "restatement":
            raise PolicyDataError(f"{name}:{number}: Write 'text_kind: restatement': these are our words.")
    raise PolicyDataError(f"{name}:{len(lines)}: Close the first block with '---'.")


def _opening(lines: list[str], start: int, name: str) -> tuple[str, str, int]:
    """Return title, marking and the place of the first line after them."""
    title = marking = ""
    for place in range(start, len(lines)):
        line = lines[place].strip()
        if not line:
            continue
        if not title:
            if not line.startswith("# ") or not line[2:].strip():
                raise PolicyDataError(f"{name}:{place + 1}: Write the title as '# Title'.")
            title = line[2:].strip()
        elif line.startswith(">"):
            marking = f"{marking} {line[1:].strip()}".strip()
        elif marking:
            return title, marking, place
        else:
            break
    at = min(start + 2, len(lines))
    raise PolicyDataError(f"{name}:{at}: After the title say in a '> ' line whose words these are.")


def _clauses(lines: list[str], start: int, name: str) -> tuple[Clause, ...]:
    drafts: list[_Draft] = []
    seen: set[str] = set()
    goes_on = False
    for number, raw in enumerate(lines[start:], start + 1):
        line = raw.strip()
        begun = _begun(line, number, name)
        if begun is not None:
            if begun.number in seen:
                raise PolicyDataError(f"{name}:{number}: The token {begun.number} stands here twice.")
            seen.add(begun.number)
            drafts.append(begun)
        elif line and drafts:
            paragraphs = drafts[-1].paragraphs
            if goes_on and paragraphs:
                paragraphs[-1] = f"{paragraphs[-1]} {line}"
            else:
                paragraphs.append(line)
        elif line:
            raise PolicyDataError(f"{name}:{number}: Put a token before the words: '**preamble** ...'.")
        goes_on = bool(line) and not line.startswith("#")
    for draft in drafts:
        if not draft.paragraphs and not draft.is_heading:
            raise PolicyDataError(f"{name}:{draft.line}: Clause {draft.number} has no words.")
    if not drafts:
        raise PolicyDataError(f"{name}:{len(lines)}: The file has no clause; write '**1.1** words'.")
    return tuple(Clause(d.number, "\n".join(d.paragraphs), d.is_heading) for d in drafts)


def _begun(line: str, number: int, name: str) -> _Draft | None:
    if line.startswith("#"):
        match = _HEADING.fullmatch(line)
        if match is None:
            raise PolicyDataError(f"{name}:{number}: Write a heading as '## token heading'.")
    elif line.startswith("**"):
        match = _CLAUSE.fullmatch(line)
        if match is None:
            raise PolicyDataError(f"{name}:{number}: Write a clause as '**token** words' on one line.")
    else:
        return None
    token, words = match[1], match[2]
    if not TOKEN.fullmatch(token):
        raise PolicyDataError(f"{name}:{number}: {token!r} is no clause number; write such as 2.10[3] or 4(a).")
    return _Draft(token, line.startswith("#"), number, [words] if words else [])
