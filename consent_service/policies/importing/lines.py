"""Lines of text, cleaned: what may not be in a policy text is refused, what cannot be seen is taken out."""

import re
import unicodedata

from consent_service.kernel.errors import ImportRefusedError

MAX_BYTES = 20 * 1024 * 1024
MAX_LINES = 5000
MAX_CHARACTERS = 2_000_000
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))
_WIDE_SPACES = "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
_SPACES = str.maketrans({**dict.fromkeys(_WIDE_SPACES, " "), "\t": "    ", "\f": "\n", "\v": "\n"})
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f]")
_HIDDEN_ADDRESS = re.compile(r"\[email\s*protected\]", re.IGNORECASE)
_LETTER = re.compile(r"[^\W\d_]")


def check_size(data: bytes) -> None:
    """Refuse a file that is empty or too large, before anything reads it."""
    if not data.strip():
        raise ImportRefusedError("The file is empty. Choose the file that holds the published text.")
    if len(data) > MAX_BYTES:
        raise ImportRefusedError(
            f"The file is larger than {MAX_BYTES // 1024 // 1024} MiB. A policy text is far smaller: "
            "save the text alone, without pictures."
        )


def clean_lines(text: str) -> list[str]:
    """Return the lines of a text in NFC, without what cannot be seen.

    Raises:
        ImportRefusedError: It has control characters or marks that turn the direction of writing.
    """
    if len(text) > MAX_CHARACTERS:
        raise ImportRefusedError("The file holds far more words than a policy. Bring the policy text alone.")
    if _CONTROL.search(text):
        raise ImportRefusedError("The file has control characters: it is no text. Save it as plain text in UTF-8.")
    if _BIDI.search(text):
        raise ImportRefusedError(
            "The file has marks that turn the direction of writing, which can hide words. Remove them first."
        )
    text = unicodedata.normalize("NFC", text).translate(_INVISIBLE).translate(_SPACES)
    lines = [line.rstrip() for line in text.splitlines()]
    if sum(map(bool, lines)) > MAX_LINES:
        raise ImportRefusedError(f"The file has more than {MAX_LINES} lines. Bring the policy text alone.")
    return lines


def has_letters(line: str) -> bool:
    """Say whether a line has any word."""
    return _LETTER.search(line) is not None


def has_hidden_address(text: str) -> bool:
    """Say whether the web page has hidden an e-mail address."""
    return _HIDDEN_ADDRESS.search(text) is not None
