"""A release names all that it is made of."""

import hashlib
import json
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from tests.conftest import FULL

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.skipif(not FULL, reason="the tools of a release are fetched: that is for make test-all")
def test_a_release_holds_the_source_and_a_bill_of_everything_that_is_pinned(tmp_path: Path) -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("a release is made of a git checkout")
    checkout, folder = tmp_path / "checkout", tmp_path / "dist"
    subprocess.run(["git", "clone", "-q", str(ROOT), str(checkout)], check=True)
    release = [sys.executable, "scripts/release.py", "--unaudited", "--folder", str(folder)]

    done = subprocess.run(release, cwd=checkout, check=True, capture_output=True, text=True)
    again = subprocess.run(release, cwd=checkout, check=False, capture_output=True, text=True)

    assert "Not audited" in done.stderr
    assert "is there already" in again.stderr
    python, web, source = (next(folder.glob(end)) for end in ("*-python.cdx.json", "*-web.cdx.json", "*.tar.gz"))
    pinned = {
        line.split("==")[0].split("[")[0]: line.split("==")[1].split()[0].rstrip(";")
        for line in (checkout / "requirements.txt").read_text().splitlines()
        if "==" in line and not line.startswith(" ")
    }
    assert {one["name"]: one["version"] for one in json.loads(python.read_text())["components"]} == pinned
    libraries = json.loads((checkout / "package.json").read_text())["dependencies"]
    assert (
        libraries.items() <= {_name(one): one["version"] for one in json.loads(web.read_text())["components"]}.items()
    )
    with tarfile.open(source) as packed:
        assert any(name.endswith("/wsgi.py") for name in packed.getnames())
    for line in (folder / "SHA256SUMS").read_text().splitlines():
        digest, name = line.split()
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest


def _name(component: dict[str, str]) -> str:
    group = component.get("group", "")
    return f"{group}/{component['name']}" if group else component["name"]


def test_the_front_end_libraries_bear_the_version_of_the_release() -> None:
    project = (ROOT / "pyproject.toml").read_text()

    assert f'version = "{json.loads((ROOT / "package.json").read_text())["version"]}"' in project
