"""A printed document as PDF/A: made on demand, the same bytes each time for the same words and instant."""

import json
import re
from datetime import datetime
from pathlib import Path

import segno
import typst

from consent_service.printing.document import Printed

# What lies outside Latin, Greek, Cyrillic and the signs that documents use.
_RARE = re.compile(r"[^\x20-\x7e\xa0-\u017f\u0391-\u03a1\u03a3-\u03c9\u0400-\u04ff–—‘’“”„•…‹›€₸№−]")
_LAYOUT = Path(__file__).parent / "document.typ"


def to_pdf(document: Printed, at: datetime) -> bytes:
    """Return the PDF/A-3u of a document; ``at`` is the instant that it says it was made.

    A character that no font has, such as a pictogram in a name, is printed as a question mark.
    """
    data = document.as_data()
    for block in data["blocks"]:
        if block["kind"] == "code":
            block["drawn"] = _drawn(block["address"])
    words = json.dumps(data, ensure_ascii=False)
    try:
        return _compile(words, at)
    except typst.TypstError:
        return _compile(_RARE.sub("?", words), at)


def _drawn(address: str) -> str:
    """Return the QR code of an address as SVG."""
    return str(segno.make_qr(address, error="m").svg_inline(border=0))


def _compile(words: str, at: datetime) -> bytes:
    made = typst.Compiler(ignore_system_fonts=True).compile(
        _LAYOUT.read_bytes(),
        format="pdf",
        sys_inputs={"document": words},
        pdf_standards=["a-3u"],
        timestamp=at.replace(microsecond=0),  # PDF knows whole seconds
    )
    if not isinstance(made, bytes):
        msg = "one document makes one file"
        raise TypeError(msg)
    return made
