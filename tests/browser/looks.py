"""In which languages, themes and widths pages are looked at: all of them in the full run, in two looks else.

Of the two one is light and narrow, the other dark and wide, in two of the three languages, by turns from one module of
tests to the next: what a colour or a width spoils, it spoils in each language.
"""

from itertools import product
from typing import Literal
from zlib import crc32

from tests.conftest import FULL

Scheme = Literal["light", "dark"]
Look = tuple[str, Scheme, int]  # the language, the theme, the width
_EVERY: tuple[Look, ...] = tuple(product(("kk", "ru", "en"), ("light", "dark"), (1280, 320)))
_LANGUAGES = (("kk", "ru"), ("ru", "en"), ("en", "kk"))


def looks(module: str) -> tuple[Look, ...]:
    """Return the looks for a module of tests: always the same ones, so that all workers agree."""
    if FULL:
        return _EVERY
    narrow, wide = _LANGUAGES[crc32(module.encode()) % len(_LANGUAGES)]
    return (narrow, "light", 320), (wide, "dark", 1280)
