"""What every file keeps to: nothing of one machine, pinned packages, links that lead somewhere."""

import json
import re
import shutil
import subprocess
import unicodedata
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAPERS = (
    "README.md", "LICENSE", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "Makefile", ".ci/run",
    "docs/architecture.md", "docs/glossary.md", "docs/settings.md", "docs/problems.md",
)  # fmt: skip
LOCKS = ("requirements.txt", "requirements-dev.txt", "requirements-node.txt", "requirements-tracing.txt")
GENERATED = {
    ".git", ".venv", "instance", "node_modules", "vendor", "__pycache__",
    ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis", ".import_linter_cache",
}  # fmt: skip
# Homes and workplaces; a placeholder such as /path/to or a system path such as /usr/bin is no such thing.
ONE_MACHINE = re.compile(r"(?<![\w.:/-])/(?:work|root|home/\w+|Users/\w+)/")
REGISTRIES = re.compile(
    r"pypi\.org|pythonhosted\.org|registry\.(?:npmjs|yarnpkg)\.|deb\.debian\.org|archive\.ubuntu\.com"
)
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


@cache
def _files() -> tuple[Path, ...]:
    """Return the files that belong to the project: what git tracks or would take."""
    if shutil.which("git") and (ROOT / ".git").exists():
        listed = subprocess.run(
            ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT, check=True, capture_output=True, text=True,
        )  # fmt: skip
        found = [ROOT / name for name in listed.stdout.split("\0") if name]
    else:
        found = [path for path in ROOT.rglob("*") if not GENERATED & set(path.relative_to(ROOT).parts)]
    return tuple(sorted(path for path in found if path.is_file()))


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except UnicodeDecodeError:
        return ""


def _matches(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{path.relative_to(ROOT)}:{number}: {found[0]}"
        for path in _files()
        for number, line in enumerate(_text(path).splitlines(), 1)
        if (found := pattern.search(line))
    ]


def _anchors(page: Path) -> set[str]:
    """Return the anchors of the headings of a page, as the usual renderers make them."""
    headings = re.findall(r"^#{1,6} +(.+?) *$", FENCE.sub("", page.read_text()), re.MULTILINE)
    kept = ("".join(c for c in h.lower() if c in " -_" or unicodedata.category(c)[0] in "LN") for h in headings)
    return {heading.replace(" ", "-") for heading in kept}


@pytest.mark.parametrize("name", PAPERS)
def test_the_papers_of_the_house_are_there(name: str) -> None:
    assert (ROOT / name).stat().st_size > 0


def test_nothing_points_into_one_machine() -> None:
    assert _matches(ONE_MACHINE) == []


def test_no_file_names_a_package_registry() -> None:
    assert _matches(REGISTRIES) == []


@pytest.mark.parametrize("lock", LOCKS)
def test_every_requirement_is_pinned_with_hashes(lock: str) -> None:
    logical = (ROOT / lock).read_text().replace("\\\n", " ").splitlines()
    requirements = [line for line in logical if line and not line.lstrip().startswith("#")]

    assert requirements
    assert [line for line in requirements if not re.match(r"[\w.\[\]-]+==\S+ .*--hash=sha256:[0-9a-f]{64}", line)] == []


def test_tests_run_on_the_releases_that_are_served() -> None:
    served, tested = (set(re.findall(r"^\S+==\S+", (ROOT / lock).read_text(), re.MULTILINE)) for lock in LOCKS[:2])

    assert served - tested == set()


def test_front_end_libraries_are_locked_by_content() -> None:
    lock = _text(ROOT / "package-lock.json")
    libraries = {name: one for name, one in json.loads(lock)["packages"].items() if name}

    assert libraries
    assert [name for name, one in libraries.items() if not one["integrity"].startswith("sha512-")] == []
    assert '"resolved"' not in lock


def test_every_relative_link_leads_somewhere() -> None:
    dead = []
    for page in (path for path in _files() if path.suffix == ".md" and "policies" not in path.parts):
        for link in LINK.finditer(FENCE.sub("", page.read_text())):
            target, _, anchor = (link[1] or link[2]).partition("#")
            if re.match(r"[a-z]+:", target):
                continue
            place = (page.parent / target).resolve() if target else page
            if not place.exists() or (anchor and place.suffix == ".md" and anchor not in _anchors(place)):
                dead.append(f"{page.relative_to(ROOT)}: {link[0]}")

    assert dead == []


def test_every_decision_says_what_was_rejected_and_what_follows() -> None:
    decisions = sorted((ROOT / "docs" / "adr").glob("[0-9][0-9][0-9][0-9]-*.md"))
    numbers = [int(path.name[:4]) for path in decisions]
    parts = ("## Context", "## Decision", "## Rejected alternatives", "## Consequences")

    assert numbers == list(range(1, len(decisions) + 1))
    assert [f"{path.name}: {part}" for path in decisions for part in parts if part not in path.read_text()] == []


def test_the_settings_page_names_every_variable_with_its_default() -> None:
    code = "".join(_text(ROOT / "consent_service" / name) for name in ("config.py", "provider_settings.py"))
    page = _text(ROOT / "docs" / "settings.md").partition("\n## ")[0]
    read = re.findall(r"read\.(?:text|number|flag|checked)\(\s*\"([A-Z_]+)\"", code)
    described = re.findall(r"^\| `([A-Z_]+)` \| \S", page, re.MULTILINE)

    assert sorted(described) == sorted(read)


def test_the_makefile_lists_every_command() -> None:
    makefile = _text(ROOT / "Makefile")
    phony = next(line.partition(":")[2].split() for line in makefile.splitlines() if line.startswith(".PHONY:"))
    explained = re.findall(r"^([a-z-]+):.*## \S", makefile, re.MULTILINE)

    assert sorted(phony) == sorted(explained)
