"""The page on the law names functions and tests that exist."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
ROW = re.compile(r"^\| .+ \| .+ \| `([\w.]+)\.(\w+)` \| `(\w+)` \|$", re.MULTILINE)


def test_every_function_and_test_on_the_page_exists() -> None:
    rows = ROW.findall((ROOT / "docs" / "law.md").read_text())
    tests = {
        node.name
        for path in (ROOT / "tests").rglob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef)
    }

    assert len(rows) > 20
    for module, function, test in rows:
        place = ROOT / "consent_service" / (module.replace(".", "/") + ".py")
        names = {node.name for node in ast.parse(place.read_text()).body if isinstance(node, ast.FunctionDef)}
        assert function in names, (module, function)
        assert test in tests, test
