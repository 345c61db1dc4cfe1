"""The policies tree: how a folder is read, and that the folders of this repository are sound."""

import json
import re
from pathlib import Path

import pytest

from consent_service.kernel.errors import PolicyDataError
from consent_service.policies.documents import (
    OperatorFolder,
    expected_documents,
    read_folder,
    read_tree,
)
from consent_service.policies.schema import check_terms_data
from consent_service.policies.terms import Terms
from tests.policy_samples import OPERATOR_YAML, TERMS_YAML, restatement, write_folder

ROOT = Path(__file__).resolve().parents[2]
POLICIES = ROOT / "policies"
SLUGS = sorted(place.name for place in POLICIES.iterdir() if place.is_dir())


def _refusal(folder: Path) -> str:
    with pytest.raises(PolicyDataError) as refused:
        read_folder(folder)
    return refused.value.detail


@pytest.fixture
def fresh(tmp_path: Path) -> Path:
    return write_folder(tmp_path)


@pytest.fixture
def version(fresh: Path) -> Path:
    return fresh / "privacy-policy" / "2026-01-01"


@pytest.fixture(scope="module", params=SLUGS)
def real(request: pytest.FixtureRequest) -> OperatorFolder:
    return read_folder(POLICIES / str(request.param))


def test_a_folder_is_read_with_its_versions_and_announced_documents(fresh: Path) -> None:
    folder = read_folder(fresh)

    assert folder.slug == "fresh"
    assert [(v.document, v.version) for v in folder.versions] == [("privacy-policy", "2026-01-01")]
    assert set(folder.versions[0].texts) == {"kk", "ru", "en"}
    assert [a.slug for a in folder.announced] == ["cookie-policy"]


def test_the_importer_is_told_which_lines_open_the_documents(fresh: Path) -> None:
    expected = expected_documents(read_folder(fresh))

    assert [(e.slug, e.heading, e.announced) for e in expected] == [
        ("privacy-policy", "САЯСАТ", False),
        ("cookie-policy", "Cookie ережесі", True),
    ]


@pytest.mark.parametrize(("key", "value"), [("operator", "umbrella"), ("document", "terms"), ("version", '"2"')])
def test_rules_of_another_folder_are_refused(version: Path, key: str, value: str) -> None:
    old = re.compile(rf"^{key}: .*$", re.MULTILINE)
    (version / "terms.yaml").write_text(old.sub(f"{key}: {value}", TERMS_YAML, count=1))

    assert re.match(rf"fresh/privacy-policy/2026-01-01/terms.yaml:\d+: {key}: .*named", _refusal(version.parents[1]))


def test_a_text_of_another_folder_is_refused(version: Path) -> None:
    (version / "ru.md").write_text(restatement("ru", version="2025-01-01"))

    assert "ru.md:1: The first block says" in _refusal(version.parents[1])


def test_a_missing_language_is_refused(version: Path) -> None:
    (version / "ru.md").unlink()

    assert _refusal(version.parents[1]) == "fresh/privacy-policy/2026-01-01/ru.md: This file is missing; write it."


def test_languages_with_other_clauses_are_refused_at_the_first_difference(version: Path) -> None:
    (version / "en.md").write_text(restatement("en").replace("**1.2** Valid", "**1.3** Valid"))

    assert "en.md: 1.3 stands where kk.md has 1.2" in _refusal(version.parents[1])


def test_a_language_that_stops_early_is_refused(version: Path) -> None:
    (version / "en.md").write_text(restatement("en").partition("**details**")[0])

    assert "en.md: the end stands where kk.md has details" in _refusal(version.parents[1])


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ('term: 1y\n    clause: "1.2"', 'term: 1y\n    clause: "1.3"', "purposes[1].clause"),
        ('with: ["1.2"]', 'with: ["7"]', "facts[0].with"),
        ('bar: law, clause: "2"', 'bar: law, clause: "other/2"', "withdrawal.bars[0].clause"),
    ],
)
def test_a_cited_clause_that_no_text_has_is_refused(version: Path, old: str, new: str, place: str) -> None:
    assert old in TERMS_YAML
    (version / "terms.yaml").write_text(TERMS_YAML.replace(old, new, 1))

    refusal = _refusal(version.parents[1])
    assert f": {place}: There is no clause" in refusal
    assert refusal.count("\n") == 0


def test_a_title_that_differs_from_the_text_is_refused(version: Path) -> None:
    (version / "terms.yaml").write_text(TERMS_YAML.replace('en: "Policy"', 'en: "Privacy"'))

    assert "title.en: The title in en.md is 'Policy'" in _refusal(version.parents[1])


def test_a_document_with_a_text_cannot_be_announced(fresh: Path) -> None:
    (fresh / "operator.yaml").write_text(OPERATOR_YAML.replace("slug: cookie-policy", "slug: privacy-policy"))

    assert "announced[0].slug: This document has a folder with a text" in _refusal(fresh)


def test_a_purpose_code_of_two_documents_is_refused(fresh: Path, version: Path) -> None:
    other = fresh / "terms" / version.name
    other.mkdir(parents=True)
    for file in version.iterdir():
        (other / file.name).write_text(file.read_text().replace("privacy-policy", "terms"))

    assert "is also one of privacy-policy" in _refusal(fresh)


def test_the_problems_of_all_folders_are_told_at_once(tmp_path: Path, version: Path) -> None:
    (version / "ru.md").unlink()
    (tmp_path / "umbrella").mkdir()

    with pytest.raises(PolicyDataError) as refused:
        read_tree(tmp_path)
    assert refused.value.detail.splitlines() == [
        "fresh/privacy-policy/2026-01-01/ru.md: This file is missing; write it.",
        "umbrella/operator.yaml: This file is missing; write it.",
    ]


def test_a_missing_tree_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PolicyDataError, match="There is no folder"):
        read_tree(tmp_path / "nowhere")


def test_every_folder_of_the_repository_is_valid(real: OperatorFolder) -> None:
    assert real.versions
    for version in real.versions:
        check_terms_data(version.terms_data, complete=True)


def test_the_rules_of_every_folder_become_terms_and_survive_storage_as_json(real: OperatorFolder) -> None:
    for version in real.versions:
        terms = Terms.from_data(version.terms_data)

        assert Terms.from_data(json.loads(json.dumps(version.terms_data))) == terms
        assert terms.title == {language: text.title for language, text in version.texts.items()}


def test_every_text_of_the_repository_says_that_it_is_a_restatement(real: OperatorFolder) -> None:
    markings = {
        "kk": "оператордың өз мәтіні емес",
        "ru": "это не текст оператора",
        "en": "not the operator's own",
    }
    for version in real.versions:
        for language, words in markings.items():
            file = POLICIES / real.slug / version.document / version.version / f"{language}.md"
            assert words in file.read_text()


def test_no_code_names_an_operator() -> None:
    names = re.compile(rf"(?<![^\W_])(?:{'|'.join(map(re.escape, SLUGS))})(?![^\W_])", re.IGNORECASE)
    named = [
        f"{path.relative_to(ROOT)}: {found[0]}"
        for path in sorted((ROOT / "consent_service").rglob("*.py"))
        if (found := names.search(path.read_text()))
    ]

    assert named == []
