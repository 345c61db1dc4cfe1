"""The manuals of the officer name what stands on the screen, and commands and settings that exist."""

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from click import Context

from consent_service.cli import commands

ROOT = Path(__file__).resolve().parents[2]
MANUALS = ROOT / "docs" / "manual"


def _words(language: str) -> set[str]:
    place = ROOT / "consent_service" / "pages" / "translations" / language / "LC_MESSAGES" / "messages.po"
    with place.open("rb") as file:
        return {str(message.string) for message in read_po(file)}


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_what_a_manual_names_stands_on_the_screen(language: str) -> None:
    named = re.findall(r"\*\*(.+?)\*\*", (MANUALS / f"dpo.{language}.md").read_text())[1:]  # the first shows the type

    assert len(named) > 30
    assert set(named) - _words(language) == set()


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_commands_and_settings_that_a_manual_names_exist(language: str) -> None:
    named = re.findall(r"`(.+?)`", (MANUALS / f"dpo.{language}.md").read_text())
    settings = (ROOT / "docs" / "settings.md").read_text()

    assert named
    for name in named:
        if name.isupper():
            assert f"`{name}`" in settings
        else:
            group, command = name.split()
            found = commands.get_command(Context(commands), group)
            assert found is not None
            assert command in found.list_commands(Context(found))  # type: ignore[attr-defined]  # it is a group


def test_both_manuals_say_the_same_in_as_many_parts() -> None:
    def heads(language: str) -> int:
        return len(re.findall(r"^(?:#|\d\.|-)", (MANUALS / f"dpo.{language}.md").read_text(), re.MULTILINE))

    assert heads("kk") == heads("ru")
