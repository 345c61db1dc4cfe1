"""Catalogues are compiled when, and only when, they are newer than what was compiled from them."""

import gettext
import os
from pathlib import Path

from scripts import translations

CATALOGUE = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"

msgid "Withdraw"
msgstr "Отозвать"

#, fuzzy
msgid "Delete"
msgstr "Уничтожить"
"""


def _catalogue(tmp_path: Path) -> Path:
    po = tmp_path / "ru" / "LC_MESSAGES" / "messages.po"
    po.parent.mkdir(parents=True)
    po.write_text(CATALOGUE)
    return po


def test_a_compiled_catalogue_gives_its_words(tmp_path: Path) -> None:
    translations.compile_catalogue(_catalogue(tmp_path))

    assert gettext.translation("messages", tmp_path, ["ru"]).gettext("Withdraw") == "Отозвать"


def test_a_guessed_translation_is_never_shown(tmp_path: Path) -> None:
    translations.compile_catalogue(_catalogue(tmp_path))

    assert gettext.translation("messages", tmp_path, ["ru"]).gettext("Delete") == "Delete"


def test_only_what_changed_is_compiled_again(tmp_path: Path) -> None:
    po = _catalogue(tmp_path)
    assert translations.outdated(tmp_path) == [po]

    translations.compile_catalogue(po)
    assert translations.outdated(tmp_path) == []

    later = po.with_suffix(".mo").stat().st_mtime + 1
    os.utime(po, (later, later))
    assert translations.outdated(tmp_path) == [po]
