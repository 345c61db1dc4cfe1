"""In which languages, themes and widths pages are looked at: all of them in the full run, each of them once else."""

from itertools import product
from typing import Literal

from tests.conftest import FULL

Scheme = Literal["light", "dark"]
_EVERY: tuple[tuple[str, Scheme, int], ...] = tuple(product(("kk", "ru", "en"), ("light", "dark"), (1280, 320)))
_FEW: tuple[tuple[str, Scheme, int], ...] = (("kk", "light", 320), ("ru", "dark", 1280), ("en", "light", 1280))
LOOKS = _EVERY if FULL else _FEW
