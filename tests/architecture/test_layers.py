"""What import contracts cannot say of the code: names, lengths, whose tables, who reads the clock."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SERVICE = ROOT / "consent_service"
MODULES = sorted(SERVICE.rglob("*.py"))
MOST_LINES = 350
VAGUE = {"utils", "util", "helpers", "helper", "common", "misc", "shared", "lib", "tools"}
NOT_OURS = {"vendor", "__pycache__"}
TEXT = {".py", ".html", ".js", ".css", ".json", ".yaml", ".toml", ".txt", ".svg", ".po"}
CLOCK = SERVICE / "kernel" / "clock.py"
CLOCK_READS = {
    "datetime": {"now", "utcnow", "today"},
    "date": {"today"},
    "time": {"time", "time_ns", "localtime", "gmtime", "ctime"},
}


def _page() -> str:
    return (ROOT / "docs" / "architecture.md").read_text()


def _our_files(suffixes: set[str]) -> list[Path]:
    files = (path for path in SERVICE.rglob("*") if path.is_file() and path.suffix in suffixes)
    return sorted(path for path in files if not NOT_OURS & set(path.parts))


def _imports(path: Path) -> Iterator[str]:
    """Yield the dotted name of everything a module imports, members of ``from`` imports included."""
    package = path.relative_to(ROOT).with_suffix("").parts[:-1]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = list(package[: len(package) - node.level + 1]) if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)


def _called(node: ast.Call) -> tuple[str, str] | None:
    """Return (owner, method) of a call such as ``datetime.now()`` or ``datetime.datetime.now()``."""
    if not isinstance(node.func, ast.Attribute):
        return None
    owner = node.func.value
    name = owner.attr if isinstance(owner, ast.Attribute) else owner.id if isinstance(owner, ast.Name) else ""
    return name, node.func.attr


def test_the_architecture_page_names_the_packages_that_exist() -> None:
    section = _page().partition("## Packages")[2].partition("\n## ")[0]
    described = re.findall(r"^- `(\w+)`: \S", section, re.MULTILINE)
    existing = {path.parent.name for path in SERVICE.glob("*/__init__.py")}

    assert sorted(described) == sorted(existing)


def test_the_walks_of_the_architecture_page_take_steps_that_exist() -> None:
    walks = re.findall(r"^```mermaid\nsequenceDiagram\n(.*?)^```", _page(), re.MULTILINE | re.DOTALL)
    steps = set(re.findall(r"\b([a-z_]+)\(", "".join(walks)))
    defined = {name for path in MODULES for name in re.findall(r"^def (\w+)", path.read_text(), re.MULTILINE)}

    assert steps
    assert steps - defined == set()


def test_every_folder_with_modules_is_a_package() -> None:
    folders = {path.parent for path in MODULES}

    assert [str(folder.relative_to(ROOT)) for folder in sorted(folders) if not (folder / "__init__.py").is_file()] == []


@pytest.mark.parametrize("folder", ["consent_service", "scripts", "tests"])  # a migration is one duty
def test_no_file_has_grown_past_what_one_duty_needs(folder: str) -> None:
    lengths = {path: len(path.read_text().splitlines()) for path in sorted((ROOT / folder).rglob("*.py"))}

    assert {str(path.relative_to(ROOT)): lines for path, lines in lengths.items() if lines > MOST_LINES} == {}


def test_no_name_is_a_drawer_for_odds_and_ends() -> None:
    names = {path: path.relative_to(ROOT).with_suffix("").parts for path in [*MODULES, *ROOT.glob("scripts/*.py")]}

    assert [str(path) for path, parts in names.items() if VAGUE & set(parts)] == []


def test_tables_are_imported_by_their_own_package_alone() -> None:
    strangers = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in MODULES
        for name in _imports(path)
        if (match := re.match(r"consent_service\.(\w+)\.tables\b", name))
        and path.relative_to(SERVICE).parts[0] != match[1]
    ]

    assert sorted(set(strangers)) == []


def test_only_the_clock_reads_the_clock() -> None:
    reads = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in MODULES
        if path != CLOCK
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and (called := _called(node)) is not None
        and called[1] in CLOCK_READS.get(called[0], ())
    ]
    imported = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in MODULES
        for name in _imports(path)
        if name in {"time.time", "time.time_ns", "time.localtime", "time.gmtime", "time.ctime"}
    ]

    assert reads + imported == []


def test_code_knows_no_operator() -> None:
    slugs = sorted(path.parent.name for path in (ROOT / "policies").glob("*/operator.yaml"))
    assert slugs, "policies/ holds no operator"
    named = re.compile(rf"(?<![a-z0-9])({'|'.join(map(re.escape, slugs))})(?![a-z0-9])", re.IGNORECASE | re.ASCII)

    assert [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in _our_files(TEXT)
        if (match := named.search(path.read_text()))
    ] == []
