"""The five published texts, imported without hand edits and held against the policies tree."""

import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from consent_service.policies.checking import Verdict, check_terms
from consent_service.policies.documents import OperatorFolder, expected_documents, first_difference, read_folder
from consent_service.policies.importing import ImportedFile, import_text

ROOT = Path(__file__).resolve().parents[2]
TEXTS = ROOT.parent / "shared" / "policy-texts"
OPERATORS = ("5qbe", "dar", "qlever", "uof", "worksection")

pytestmark = pytest.mark.skipif(not TEXTS.is_dir(), reason="the published texts are not beside the repository")


@cache
def _imported(operator: str) -> tuple[OperatorFolder, ImportedFile, str]:
    folder = read_folder(ROOT / "policies" / operator)
    data = (TEXTS / f"{operator}.kk.txt").read_bytes()
    file = import_text(data, file_name=f"{operator}.kk.txt", language="kk", expected=expected_documents(folder))
    return folder, file, data.decode()


def _words(text: str) -> Counter[str]:
    return Counter(re.findall(r"\w+", text))


@pytest.mark.parametrize("operator", OPERATORS)
def test_a_restatement_has_the_clauses_of_the_published_text(operator: str) -> None:
    folder, file, _ = _imported(operator)
    texts = {document.slug: document.text for document in file.documents if document.text}

    assert sorted(texts) == sorted(version.document for version in folder.versions)
    assert [v.document for v in folder.versions if first_difference(texts[v.document], v.texts["kk"])] == []


@pytest.mark.parametrize("operator", OPERATORS)
def test_every_rule_is_confirmed_by_the_published_clause(operator: str) -> None:
    folder, file, _ = _imported(operator)
    texts = {document.slug: document.text for document in file.documents if document.text}
    checks = [c for v in folder.versions for c in check_terms(v.terms_data, texts[v.document], others=texts)]

    assert checks
    assert [check for check in checks if check.verdict is not Verdict.CONFIRMED] == []


@pytest.mark.parametrize("operator", OPERATORS)
def test_no_word_of_the_source_is_lost(operator: str) -> None:
    _, file, source = _imported(operator)
    kept = _words(" ".join(file.dropped))
    for document in file.documents:
        kept += _words(document.title)
        kept += _words(" ".join(note.detail for note in document.notes if note.code == "subheading"))
        kept += _words(" ".join(c.text for c in document.text.clauses) if document.text else "")
    lost = _words(source) - kept

    assert [word for word in lost if not word.isdigit() and not re.fullmatch("[a-fа]", word)] == []


def test_announced_headings_come_without_text() -> None:
    _, file, _ = _imported("worksection")

    assert [document.slug for document in file.documents if document.text is None] == [
        "cookie-policy", "subprocessors", "dpa", "user-agreement"
    ]  # fmt: skip
