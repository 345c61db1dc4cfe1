"""A policy text as numbered clauses, its canonical form and its digest.

A clause token is the printed number (``2.2``, ``4(a)``); a position that carries no printed number is counted in
square brackets (``2.10[3]``).  The text before the first number is ``preamble``.
"""

import hashlib
import re
import unicodedata
from dataclasses import dataclass

PREAMBLE = "preamble"
_SPACES = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause: its token and its words.  ``is_heading`` marks the heading of a section."""

    number: str
    text: str
    is_heading: bool = False


@dataclass(frozen=True, slots=True)
class PolicyText:
    """One document in one language."""

    title: str
    language: str
    clauses: tuple[Clause, ...]

    def canonical(self) -> str:
        """Return the canonical form: title, then ``token TAB words`` a line, NFC, single spaces.

        The digest of a text is taken over this form, so that it does not change with fonts, wrapping or file type.
        """
        lines = [_squeeze(self.title), *(f"{c.number}\t{_squeeze(c.text)}" for c in self.clauses)]
        return "\n".join(lines) + "\n"

    def sha256(self) -> str:
        """Return the SHA-256 of the canonical form in UTF-8, as 64 hex digits."""
        return hashlib.sha256(self.canonical().encode()).hexdigest()

    def below(self, number: str) -> tuple[Clause, ...]:
        """Return the clause ``number`` and everything printed under it; empty when there is none."""
        return tuple(c for c in self.clauses if c.number == number or is_below(c.number, number))


def is_below(token: str, parent: str) -> bool:
    """Say whether ``token`` stands under ``parent``.

    >>> is_below("2.10[3]", "2.10"), is_below("2.10", "2.1"), is_below("4(a)", "4")
    (True, False, True)
    """
    return token.startswith(parent) and len(token) > len(parent) and token[len(parent)] in ".[("


def _squeeze(text: str) -> str:
    return _SPACES.sub(" ", unicodedata.normalize("NFC", text)).strip()
