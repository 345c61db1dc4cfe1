"""DOCX to lines: paragraphs with the numbers that Word would print, tables row by row."""

import io
from collections.abc import Iterator
from typing import Any

from docx import Document
from docx.oxml.ns import qn
from lxml.etree import XMLSyntaxError

BULLET = "•"


def read_docx(data: bytes) -> list[str]:
    """Return the lines of a document; lists carry their marks and are indented by level.

    Raises:
        ValueError: It is no document of Word.
    """
    try:
        document = Document(io.BytesIO(data))
    except XMLSyntaxError as error:
        raise ValueError("not well-formed") from error
    numbers = _Numbers(document)
    return [line for element in document.element.body for line in _lines(element, numbers)]


def _lines(element: Any, numbers: "_Numbers") -> Iterator[str]:  # Any: an lxml element
    if element.tag == qn("w:p"):
        yield numbers.mark(element) + _text(element)
    elif element.tag == qn("w:tbl"):
        for row in element.iter(qn("w:tr")):
            yield f"{BULLET} " + " | ".join(_text(cell).strip() for cell in row.iter(qn("w:tc")))


def _text(element: Any) -> str:  # Any: an lxml element
    nodes = element.iter(qn("w:t"), qn("w:tab"), qn("w:br"))
    return "".join(node.text or "" if node.tag == qn("w:t") else " " for node in nodes)


class _Numbers:
    """Counts list items as Word does."""

    def __init__(self, document: Any) -> None:  # Any: python-docx is untyped
        self.formats: dict[tuple[str, int], tuple[str, str]] = {}
        self.counters: dict[tuple[str, int], int] = {}
        self.styles = {
            str(style.get(qn("w:styleId"))): style.find(f"{qn('w:pPr')}/{qn('w:numPr')}")
            for style in document.styles.element.iter(qn("w:style"))
        }
        try:
            root = document.part.numbering_part.element
        except (KeyError, NotImplementedError):
            return
        abstract = {node.get(qn("w:abstractNumId")): node for node in root.iter(qn("w:abstractNum"))}
        for number in root.iter(qn("w:num")):
            reference = number.find(qn("w:abstractNumId"))
            levels = abstract.get(reference.get(qn("w:val"))) if reference is not None else None
            for level in levels.iter(qn("w:lvl")) if levels is not None else ():
                kind, text = level.find(qn("w:numFmt")), level.find(qn("w:lvlText"))
                key = (str(number.get(qn("w:numId"))), int(level.get(qn("w:ilvl")) or 0))
                self.formats[key] = (
                    str(kind.get(qn("w:val"))) if kind is not None else "decimal",
                    str(text.get(qn("w:val"))) if text is not None else "%1.",
                )

    def mark(self, paragraph: Any) -> str:  # Any: an lxml element
        properties = paragraph.find(f"{qn('w:pPr')}/{qn('w:numPr')}")
        if properties is None:
            style = paragraph.find(f"{qn('w:pPr')}/{qn('w:pStyle')}")
            properties = self.styles.get(str(style.get(qn("w:val")))) if style is not None else None
        if properties is None:
            return ""
        number, level = properties.find(qn("w:numId")), properties.find(qn("w:ilvl"))
        list_id = str(number.get(qn("w:val"))) if number is not None else "0"
        depth = int(level.get(qn("w:val")) or 0) if level is not None else 0
        kind, pattern = self.formats.get((list_id, depth), ("bullet", BULLET))
        if kind == "bullet":
            return " " * (depth + 1) + f"{BULLET} "
        self.counters[list_id, depth] = self.counters.get((list_id, depth), 0) + 1
        for key in [key for key in self.counters if key[0] == list_id and key[1] > depth]:
            del self.counters[key]
        for place in range(depth + 1):
            pattern = pattern.replace(f"%{place + 1}", str(self.counters.get((list_id, place), 1)))
        return " " * (depth + 1) + pattern + " "
