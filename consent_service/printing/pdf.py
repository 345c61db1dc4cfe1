"""A printed document as PDF/A: made on demand, the same bytes each time for the same words and instant."""

import json
from datetime import datetime
from pathlib import Path

import typst

from consent_service.printing.document import Printed

_LAYOUT = Path(__file__).parent / "document.typ"


def to_pdf(document: Printed, at: datetime) -> bytes:
    """Return the PDF/A-3u of a document; ``at`` is the instant that it says it was made."""
    made = typst.Compiler(ignore_system_fonts=True).compile(
        _LAYOUT.read_bytes(),
        format="pdf",
        sys_inputs={"document": json.dumps(document.as_data(), ensure_ascii=False)},
        pdf_standards=["a-3u"],
        timestamp=at.replace(microsecond=0),  # PDF knows whole seconds
    )
    if not isinstance(made, bytes):
        msg = "one document makes one file"
        raise TypeError(msg)
    return made
