"""What receipts say in Kazakh, Russian and English, from ``data/words.yaml``."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import yaml

from consent_service.policies.terms import LocalText

_FILE = Path(__file__).parent / "data" / "words.yaml"


def word(group: str, code: object, language: str) -> str:
    """Return a word of a group (``paper``, ``channel``, ``act`` …) by its code."""
    return _words()[group][str(code)][language]


@cache
def _words() -> Mapping[str, Mapping[str, LocalText]]:
    words: Mapping[str, Mapping[str, LocalText]] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return words
