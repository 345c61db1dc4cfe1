"""Every text of the pages is there in Kazakh and Russian, and its placeholders agree."""

import io
import re
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGE = ROOT / "consent_service"
OF_PAGES = ("pages", "dashboard", "portal")
METHODS = [("**/templates/**.html", "jinja2"), ("**.py", "python")]
KEYWORDS = DEFAULT_KEYWORDS | {"lazy_gettext": None}
PLACEHOLDER = re.compile(r"%\(\w+\)s|\{\w+\}")


def used() -> set[str | tuple[str, ...]]:
    return {
        _key(text)
        for part in OF_PAGES
        for _, _, text, _, _ in extract_from_dir(str(PACKAGE / part), METHODS, keywords=KEYWORDS)
    }


def catalogue(language: str) -> dict[str | tuple[str, ...], Message]:
    data = (PACKAGE / "pages" / "translations" / language / "LC_MESSAGES" / "messages.po").read_bytes()
    return {_key(message.id): message for message in read_po(io.BytesIO(data), locale=language) if message.id}


def _key(text: Any) -> str | tuple[str, ...]:  # Any: Babel says a string or several
    return tuple(text) if isinstance(text, tuple | list) else str(text)


def _several(text: Any) -> tuple[str, ...]:  # Any: as above
    return tuple(text) if isinstance(text, tuple | list) else (str(text or ""),)


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_no_text_is_missing_fuzzy_or_left_over(language: str) -> None:
    known = catalogue(language)

    assert set(known) == used()
    for message in known.values():
        assert all(_several(message.string)), message.id
        assert not message.fuzzy


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_placeholders_agree_and_nothing_is_glued_to_them(language: str) -> None:
    for message in catalogue(language).values():
        for text in _several(message.string):
            assert set(PLACEHOLDER.findall(text)) == set(PLACEHOLDER.findall(_several(message.id)[-1])), text
            assert not re.search(r"(%\(\w+\)s|\{\w+\})\w", text), text


def test_the_law_s_own_word_for_personal_data_is_used() -> None:
    assert not any("жеке деректер" in str(message.string) for message in catalogue("kk").values())
