"""Holding a text against the language it is said to be in, by its letters."""

import re
from collections.abc import Iterable

from consent_service.kernel.errors import ImportRefusedError

_KAZAKH = re.compile(r"[әғқңөұүһі]")
_CYRILLIC = re.compile(r"[а-яёәғқңөұүһі]")
_LATIN = re.compile(r"[a-z]")
_NAMES = {"kk": "Kazakh", "ru": "Russian", "en": "English"}
# Of the Cyrillic letters of a Kazakh text about one in five is its own; names in a Russian text are far fewer.
_KAZAKH_SHARE = 0.05
_ENOUGH = 200  # letters; a shorter text tells nothing


def check_language(lines: Iterable[str], language: str) -> None:
    """Refuse a text whose letters are those of another language.

    Raises:
        ImportRefusedError: It reads like another one of the three.
    """
    text = " ".join(lines).lower()
    cyrillic, latin = len(_CYRILLIC.findall(text)), len(_LATIN.findall(text))
    if cyrillic + latin < _ENOUGH:
        return
    own = len(_KAZAKH.findall(text))
    found = "en" if latin > cyrillic else "kk" if own > _KAZAKH_SHARE * cyrillic else "ru"
    if found != language:
        raise ImportRefusedError(
            f"The text reads like {_NAMES[found]}, not {_NAMES[language]}. Import it as --lang {found}."
        )
