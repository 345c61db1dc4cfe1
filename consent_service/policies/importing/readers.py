"""Files to lines: plain text, HTML, DOCX, PDF, told apart by their content."""

import io
import logging
import re
import zipfile
from collections.abc import Iterator

from bs4 import BeautifulSoup
from bs4.element import NavigableString, PageElement, Tag
from pypdf import PdfReader
from pypdf.errors import PyPdfError

from consent_service.kernel.errors import ImportRefusedError
from consent_service.policies.importing.lines import MAX_BYTES, MAX_CHARACTERS, clean_lines, has_letters
from consent_service.policies.importing.word import read_docx

TEXT, HTML, PDF = "text/plain", "text/html", "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
MAX_PAGES = 1000
_HTML_START = re.compile(rb"^\s*(<!doctype html|<html|<head|<body|<!--|<(div|p|h1|section|article)\b)", re.IGNORECASE)
_NOT_TEXT = ("script", "style", "nav", "header", "footer", "noscript", "template", "form", "iframe", "svg", "title")
_BLOCKS = {"p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "li", "tr", "section", "article", "blockquote", "pre", "br"}
_CYRILLIC_SHARE = 0.4
MAX_OPEN_TAGS = 100
MAX_LIST_DEPTH = 50
_LIST_TAG = re.compile(r"<(/?)(?:ol|ul)\b", re.IGNORECASE)
logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # what is wrong with a file is said in our own error


def read_lines(data: bytes, file_name: str) -> tuple[list[str], str]:
    """Return the lines of a file and what kind of file it is.

    Raises:
        ImportRefusedError: It is none of the four kinds, broken, encrypted, wrongly encoded, or has no text.
    """
    if data.startswith(b"%PDF-"):
        lines, media_type = clean_lines(_pdf(data)), PDF
    elif data.startswith(b"PK\x03\x04"):
        lines, media_type = clean_lines("\n".join(_docx(data))), DOCX
    elif data.startswith((b"\xd0\xcf\x11\xe0", b"{\\rtf")):
        raise ImportRefusedError("This is an old Word or RTF file. Save it as DOCX, PDF or plain text.")
    elif file_name.lower().endswith((".docx", ".pdf", ".doc", ".rtf", ".odt")):
        raise ImportRefusedError(
            f"{file_name} is not what its name says, or broken. Open it in an editor and save it as DOCX or plain text."
        )
    else:
        text = _decode(data)
        if _HTML_START.search(data[:2000]) or file_name.lower().endswith((".html", ".htm")):
            lines, media_type = clean_lines("\n".join(_html(text))), HTML
        else:
            lines, media_type = clean_lines(text), TEXT
    if not any(has_letters(line) for line in lines):
        raise ImportRefusedError(
            "No text was found in the file. If it is a scan, bring the text itself (plain text, HTML, DOCX or PDF)."
        )
    return lines, media_type


def _decode(data: bytes) -> str:
    if b"\x00" in data and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ImportRefusedError("This is no text file. Bring the text as plain text in UTF-8, HTML, DOCX or PDF.")
    encoding = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        looks_like = _guess(data)
        raise ImportRefusedError(
            f"The file is not UTF-8 (byte {error.start}){looks_like}. Open it in an editor and save it as UTF-8."
        ) from error


def _guess(data: bytes) -> str:
    sample = data[:20000]
    letters = sample.decode("cp1251", "ignore")
    cyrillic = sum("а" <= c.lower() <= "я" for c in letters)
    return "; it looks like windows-1251" if cyrillic > _CYRILLIC_SHARE * max(len(letters), 1) else ""


def _check_html(text: str) -> None:
    """Refuse pages that are only there to be slow: tags that are never closed, lists in lists in lists."""
    if text.count("<") - text.count(">") > MAX_OPEN_TAGS or text.count("<!--") - text.count("-->") > 1:
        raise ImportRefusedError("The HTML is broken: tags are not closed. Save the page again, or bring plain text.")
    depth = 0
    for tag in _LIST_TAG.finditer(text):
        depth += -1 if tag[1] else 1
        if depth > MAX_LIST_DEPTH:
            raise ImportRefusedError(f"The HTML has more than {MAX_LIST_DEPTH} lists one in another. Bring plain text.")


def _html(text: str) -> Iterator[str]:
    if len(text) > MAX_CHARACTERS:
        raise ImportRefusedError("The page is far larger than a policy. Save the text alone.")
    _check_html(text)
    soup = BeautifulSoup(text, "html.parser")
    for tag in soup(_NOT_TEXT):
        tag.decompose()
    root = soup.body or soup
    line: list[str] = []
    # An explicit stack: a page nested ten thousand deep is read like any other.
    stack: list[PageElement | str] = [root]
    counters: dict[int, int] = {}
    while stack:
        node = stack.pop()
        if isinstance(node, Tag):
            if node.name in _BLOCKS:
                yield "".join(line)
                line = [_item_mark(node, counters)] if node.name == "li" else []
                stack.append("\n")
            if node.name in {"td", "th"}:
                stack.append(" ")
            stack.extend(reversed(list(node.children)))
        elif isinstance(node, NavigableString):
            if type(node) is NavigableString:
                line.append(re.sub(r"\s+", " ", str(node)))
        elif node == "\n":
            yield "".join(line)
            line = []
        else:
            line.append(str(node))
    yield "".join(line)


def _item_mark(item: Tag, counters: dict[int, int]) -> str:
    """Print the mark that a browser would: a number in an ordered list, a bullet otherwise, indented by depth."""
    depth = sum(parent.name in {"ol", "ul"} for parent in item.parents)
    parent = item.parent
    if parent is None or parent.name != "ol":
        return " " * depth + "• "
    start = str(parent.get("start") or "1")
    before = counters.get(id(parent), (int(start) if start.isdigit() else 1) - 1)
    value = str(item.get("value") or "")
    counters[id(parent)] = int(value) if value.isdigit() else before + 1
    return " " * depth + f"{counters[id(parent)]}. "


def _docx(data: bytes) -> list[str]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            sizes = sum(info.file_size for info in archive.infolist())
            names = set(archive.namelist())
            if sizes > 10 * MAX_BYTES or len(names) > MAX_PAGES:
                raise ImportRefusedError("The DOCX file unpacks to far more than a text. Save the text alone.")
            if "word/document.xml" not in names:
                raise ImportRefusedError("This ZIP file is no DOCX document. Bring DOCX, PDF, HTML or plain text.")
            for name in names:
                if name.endswith((".xml", ".rels")) and b"<!DOCTYPE" in archive.read(name)[:4000]:
                    raise ImportRefusedError("The DOCX file has a document type definition, which is not taken.")
        return read_docx(data)
    except (zipfile.BadZipFile, KeyError, ValueError, OSError, RuntimeError) as error:
        raise ImportRefusedError("The DOCX file is broken. Open it in an editor and save it again.") from error


def _pdf(data: bytes) -> str:
    try:
        reader = PdfReader(io.BytesIO(data), strict=False)
        if reader.is_encrypted and not reader.decrypt(""):
            raise ImportRefusedError("The PDF is encrypted. Save it without a password.")
        if len(reader.pages) > MAX_PAGES:
            raise ImportRefusedError(f"The PDF has more than {MAX_PAGES} pages. Bring the policy text alone.")
        drawn = sum(len(contents.get_data()) for page in reader.pages if (contents := page.get_contents()) is not None)
        if drawn > MAX_CHARACTERS * 10:
            raise ImportRefusedError("The PDF draws far more than a policy text. Bring the text alone.")
        return "\n".join(page.extract_text() for page in reader.pages)
    except ImportRefusedError:
        raise
    except (
        PyPdfError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        RecursionError,
        OSError,
        NotImplementedError,
    ) as error:
        raise ImportRefusedError(
            "The PDF is broken or of an unknown kind. Print it to a new PDF and try again."
        ) from error
