"""Every text of the pages is there in Kazakh and Russian, and its placeholders agree."""

import io
import re
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parent.parent.parent
DASHBOARD = ROOT / "consent_service" / "dashboard"
METHODS = [("**/templates/**.html", "jinja2"), ("**.py", "python")]
PLACEHOLDER = re.compile(r"%\(\w+\)s|\{\w+\}")


def used() -> set[str | tuple[str, ...]]:
    found = extract_from_dir(str(DASHBOARD), METHODS)
    return {tuple(text) if isinstance(text, tuple | list) else text for _, _, text, _, _ in found}


def catalogue(language: str) -> dict[str | tuple[str, ...], Message]:
    data = (DASHBOARD / "translations" / language / "LC_MESSAGES" / "messages.po").read_bytes()
    return {message.id: message for message in read_po(io.BytesIO(data), locale=language) if message.id}


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_no_text_is_missing_fuzzy_or_left_over(language: str) -> None:
    known = catalogue(language)

    assert set(known) == used()
    for message in known.values():
        texts = message.string if isinstance(message.string, tuple) else (message.string,)
        assert all(texts), message.id
        assert not message.fuzzy


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_placeholders_agree_and_nothing_is_glued_to_them(language: str) -> None:
    for message in catalogue(language).values():
        ids = message.id if isinstance(message.id, tuple) else (message.id,)
        texts = message.string if isinstance(message.string, tuple) else (message.string,)
        for text in texts:
            assert set(PLACEHOLDER.findall(text)) == set(PLACEHOLDER.findall(ids[-1])), text
            assert not re.search(r"(%\(\w+\)s|\{\w+\})\w", text), text


def test_the_law_s_own_word_for_personal_data_is_used() -> None:
    assert not any("жеке деректер" in str(message.string) for message in catalogue("kk").values())
