"""The pages on the law and on threats name functions and tests that exist."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
ROW = re.compile(r"^\| .+ \| .+ \| `([\w.]+)\.(\w+)` \| `(\w+)` \|$", re.MULTILINE)
PROOF = re.compile(r"\| `(test_\w+)` \|$")


def _tests() -> set[str]:
    return {
        node.name
        for path in (ROOT / "tests").rglob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef)
    }


def test_every_threat_that_something_stands_against_names_a_test_that_exists() -> None:
    tables = (ROOT / "docs" / "threat-model.md").read_text().split("| test |\n|---|---|---|\n")[1:]
    rows = [row for table in tables for row in table.split("\n\n")[0].splitlines()]
    proofs = [PROOF.search(row) for row in rows]

    assert len(rows) > 20
    assert [row for row, proof in zip(rows, proofs, strict=True) if proof is None] == []
    assert {proof[1] for proof in proofs if proof} <= _tests()


def test_every_function_and_test_on_the_page_exists() -> None:
    rows = ROW.findall((ROOT / "docs" / "law.md").read_text())
    tests = _tests()

    assert len(rows) > 20
    for module, function, test in rows:
        place = ROOT / "consent_service" / (module.replace(".", "/") + ".py")
        names = {node.name for node in ast.parse(place.read_text()).body if isinstance(node, ast.FunctionDef)}
        assert function in names, (module, function)
        assert test in tests, test
