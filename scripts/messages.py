"""Bring the message catalogues up to date with the pages: new messages come in empty, unused ones go."""

import io
import sys
from pathlib import Path

from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "consent_service"
OF_PAGES = ("pages", "dashboard", "portal")
METHODS = [("**.py", "python"), ("**.html", "jinja2")]
KEYWORDS = {"gettext": None, "lazy_gettext": None, "ngettext": (1, 2), "_": None}


Text = str | tuple[str, ...]


def used() -> dict[str, Text]:
    """Return every message that the pages use, by its first form."""
    found = (
        text
        for part in OF_PAGES
        for _, _, text, _, _ in extract_from_dir(PACKAGE / part, METHODS, keywords=KEYWORDS, strip_comment_tags=True)
    )
    return {text if isinstance(text, str) else text[0]: text for text in found}


def update(po: Path, messages: dict[str, Text]) -> int:
    """Give a catalogue exactly these messages, keeping head and words; return how many wait for their words."""
    head, _, _ = po.read_text().partition("\n\n")
    with po.open("rb") as source:
        catalogue = read_po(source, locale=po.parent.parent.name)
    for message in [message for message in catalogue if message.id]:
        known = message.id if isinstance(message.id, str) else message.id[0]
        if known not in messages:
            catalogue.delete(message.id)
    for text in messages.values():
        if text not in catalogue:
            catalogue.add(text)
    body = io.BytesIO()
    write_po(body, catalogue, no_location=True, omit_header=True, sort_output=True, width=10_000)
    po.write_text(f"{head}\n\n{body.getvalue().decode().strip()}\n")
    return sum(not any(message.string or "") for message in catalogue if message.id)


def main() -> int:
    """Update both catalogues and say how many messages wait for their words; return the exit status."""
    messages = used()
    for po in sorted((PACKAGE / "pages" / "translations").rglob("*.po")):
        print(f"{po.parent.parent.name}: {len(messages)} messages, {update(po, messages)} without words", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
