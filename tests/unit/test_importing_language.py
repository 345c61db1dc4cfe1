"""A text is held against the language it is said to be in."""

from pathlib import Path

import pytest

from consent_service.kernel.errors import ImportRefusedError
from consent_service.policies.importing.language import check_language

POLICIES = Path(__file__).resolve().parent.parent.parent / "policies"
TEXTS = sorted(POLICIES.glob("*/*/*/??.md"))


@pytest.mark.parametrize("text", TEXTS, ids=lambda path: "/".join(path.parts[-4:]))
def test_every_text_of_the_policy_folders_is_what_it_says_and_no_other(text: Path) -> None:
    lines = text.read_text().splitlines()
    check_language(lines, text.stem)

    for other in {"kk", "ru", "en"} - {text.stem}:
        with pytest.raises(ImportRefusedError, match=f"--lang {text.stem}"):
            check_language(lines, other)


def test_a_text_too_short_to_tell_is_taken_at_its_word() -> None:
    check_language(["Cookie"], "kk")
