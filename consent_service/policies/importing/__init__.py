"""A published text, as a file, turned into documents with numbered clauses.

The printed numbers stay as they are; what is no clause (leftovers of a web page) is dropped by name, never silently.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from consent_service.kernel.errors import ImportRefusedError
from consent_service.policies.clauses import PolicyText
from consent_service.policies.importing.language import check_language
from consent_service.policies.importing.lines import MAX_BYTES, check_size
from consent_service.policies.importing.numbering import number_lines
from consent_service.policies.importing.paragraph import is_one_paragraph, number_paragraph
from consent_service.policies.importing.sections import has_numbers, number_sections
from consent_service.policies.importing.splitting import Part, split_documents
from consent_service.policies.importing.trace import Note, Numbered


@dataclass(frozen=True, slots=True)
class ExpectedDocument:
    """A document looked for in a file: ``heading`` is the printed line that opens it."""

    slug: str
    heading: str
    announced: bool = False


@dataclass(frozen=True, slots=True)
class ImportedDocument:
    """A document found; ``text`` is None for a heading without a text."""

    slug: str
    title: str
    text: PolicyText | None
    printed_on: date | None
    notes: tuple[Note, ...]


@dataclass(frozen=True, slots=True)
class ImportedFile:
    """A file as imported: its documents in their printed order, and the lines that belong to none."""

    documents: tuple[ImportedDocument, ...]
    source_sha256: str
    media_type: str
    dropped: tuple[str, ...]


def import_text(data: bytes, *, file_name: str, language: str, expected: Sequence[ExpectedDocument]) -> ImportedFile:
    """Read a published text (plain text, HTML, DOCX or PDF) into its documents and clauses.

    Args:
        data: The file.
        file_name: Its name, for what the content does not tell.
        language: The language of the text (``kk``, ``ru``, ``en``).
        expected: The documents to look for; a file of an unknown operator is one document.

    Raises:
        ImportRefusedError: The file cannot be taken; says why and what to do.
    """
    check_size(data)
    # Reading files takes libraries that no server needs at its start.
    from consent_service.policies.importing.readers import read_lines  # noqa: PLC0415

    lines, media_type = read_lines(data, file_name)
    check_language(lines, language)
    wanted = expected or [ExpectedDocument("document", next((line.strip() for line in lines if line.strip()), ""))]
    parts, dropped = split_documents(lines, [(one.heading, one.announced) for one in wanted])
    by_heading = {one.heading: one for one in wanted}
    documents = tuple(_document(by_heading[part.heading], part, language) for part in parts)
    return ImportedFile(documents, hashlib.sha256(data).hexdigest(), media_type, tuple(dropped))


def _document(expected: ExpectedDocument, part: Part, language: str) -> ImportedDocument:
    if not part.body and not expected.announced:
        raise ImportRefusedError(
            f"Nothing stands under the heading {part.heading!r}. Check that the file holds the whole text, "
            "or list the document as announced."
        )
    if not part.body:
        return ImportedDocument(expected.slug, part.heading, None, None, tuple(part.notes))
    numbered = _number(part)
    if not numbered.clauses:
        raise ImportRefusedError(
            f"Nothing under {part.heading!r} can be read as clauses. Check that the file holds the whole text."
        )
    notes = [*part.notes, *numbered.notes]
    printed_on = part.printed_on or numbered.printed_on
    if printed_on is None:
        notes.append(Note("undated", None, "The text prints no date."))
    text = PolicyText(part.heading, language, tuple(numbered.clauses))
    return ImportedDocument(expected.slug, part.heading, text, printed_on, tuple(notes))


def _number(part: Part) -> Numbered:
    if is_one_paragraph(part.body):
        return number_paragraph(" ".join(line.strip() for line in part.body if line.strip()))
    return number_lines(part.body) if has_numbers(part.body) else number_sections(part.body, part.heading)


__all__ = [
    "MAX_BYTES",
    "ExpectedDocument",
    "ImportRefusedError",
    "ImportedDocument",
    "ImportedFile",
    "Note",
    "import_text",
]
