"""The shape of everything that is printed: a heading, facts, and blocks one after another.  Pure."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading inside a document."""

    text: str
    kind: str = "heading"


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Words; line breaks are kept."""

    text: str
    kind: str = "paragraph"


@dataclass(frozen=True, slots=True)
class Points:
    """A list of points."""

    items: Sequence[str]
    kind: str = "points"


@dataclass(frozen=True, slots=True)
class Grid:
    """A table: the heads of its columns, and rows of as many cells."""

    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    kind: str = "grid"


@dataclass(frozen=True, slots=True)
class Code:
    """A QR code that leads to an address, with words beside it."""

    address: str
    text: str
    kind: str = "code"


Block = Heading | Paragraph | Points | Grid | Code


@dataclass(frozen=True, slots=True)
class Attachment:
    """A text file that travels inside the printed document.

    ``relation`` is its AFRelationship in PDF/A-3: ``source`` (made from it), ``data``, ``supplement``.
    """

    name: str
    media_type: str
    relation: str
    about: str
    text: str


@dataclass(frozen=True, slots=True)
class Printed:
    """A printed document.

    ``facts`` are pairs of label and value under the title (number, date, from, to); ``foot`` stands on every page;
    ``attachments`` are files inside the PDF.
    """

    language: str
    title: str
    blocks: Sequence[Block]
    facts: Sequence[tuple[str, str]] = ()
    foot: str = ""
    attachments: Sequence[Attachment] = ()

    def as_data(self) -> dict[str, Any]:  # Any: JSON values
        """Return the document as JSON values, for templates."""
        return asdict(self)


_BLOCKS = {"heading": Heading, "paragraph": Paragraph, "points": Points, "grid": Grid, "code": Code}


def from_data(data: dict[str, Any]) -> Printed:  # Any: JSON values
    """Return the document that ``as_data`` gave."""
    blocks = tuple(_BLOCKS[block["kind"]](**block) for block in data["blocks"])
    facts = tuple((label, value) for label, value in data["facts"])
    attachments = tuple(Attachment(**one) for one in data.get("attachments", ()))
    return Printed(data["language"], data["title"], blocks, facts, data["foot"], attachments)


def as_text(document: Printed) -> str:
    """Write a document as plain text, for the body of a message."""
    parts = [document.title, "\n".join(f"{label}: {value}" for label, value in document.facts)]
    for block in document.blocks:
        if isinstance(block, Points):
            parts.append("\n".join(f"- {item}" for item in block.items))
        elif isinstance(block, Grid):
            parts.append("\n".join(" | ".join(row) for row in (block.heads, *block.rows)))
        elif isinstance(block, Code):
            parts.append(f"{block.text}\n{block.address}")
        else:
            parts.append(block.text)
    return "\n\n".join(part for part in [*parts, document.foot] if part)
