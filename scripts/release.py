"""Make a release in ``dist/``: the source, bills of materials, digests; after an audit of what it uses.

The bills are in CycloneDX: one of the Python packages that the lock file pins, one of the front-end libraries.
``--unaudited`` leaves the audit out, for a machine that cannot reach the register of vulnerabilities, and says so.
"""

import argparse
import hashlib
import subprocess
import sys
import tempfile
import tomllib
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from scripts.assets import npm  # noqa: E402 - the project is put on the path first

TOOLS = ("cyclonedx-bom==7.5.0", "pip-audit==2.10.1")


def main() -> int:
    """Make the release of what is committed; return the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--unaudited", action="store_true", help="do not ask for known vulnerabilities")
    parser.add_argument("--folder", type=Path, default=ROOT / "dist", help="where to; it must not be there yet")
    asked = parser.parse_args()
    if _output("git", "status", "--porcelain"):
        print("Not released: there are changes that are not committed. Commit or stash them.", file=sys.stderr)
        return 1
    if asked.folder.exists():
        print(f"Not released: {asked.folder} is there already. Move it away.", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as scratch:
        tools = Path(scratch) / "tools"
        venv.create(tools, with_pip=True)
        _run(tools / "bin" / "python", "-m", "pip", "install", "-qq", *TOOLS)
        if asked.unaudited:
            print("Not audited: nobody asked whether what it uses has known vulnerabilities.", file=sys.stderr)
        elif not _is_sound(tools / "bin"):
            print("Not released: see above. Take other versions with `make lock ARGS=--upgrade`.", file=sys.stderr)
            return 1
        asked.folder.mkdir(parents=True)
        write_release(asked.folder, tools / "bin", Path(scratch))
    return 0


def write_release(folder: Path, tools: Path, scratch: Path) -> None:
    """Write source, bills of materials and digests to an empty folder."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        release = f"kelisim-{tomllib.load(file)['project']['version']}"
    source = folder / f"{release}.tar.gz"
    _run("git", "archive", "--format=tar.gz", f"--prefix={release}/", "-o", source, "HEAD")
    python = [
        "requirements",
        "requirements.txt",
        "--pyproject",
        "pyproject.toml",
        "--output-reproducible",
    ]
    _run(tools / "cyclonedx-py", *python, "-o", folder / f"{release}-python.cdx.json")
    bill = _output(*npm(scratch), "sbom", "--sbom-format", "cyclonedx", "--package-lock-only", "--loglevel=error")
    (folder / f"{release}-web.cdx.json").write_text(bill)
    digests = [f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}" for file in sorted(folder.iterdir())]
    (folder / "SHA256SUMS").write_text("\n".join(digests) + "\n")
    print(f"{len(digests) + 1} files in {folder}")


def _is_sound(tools: Path) -> bool:
    audit: list[str | Path] = [
        tools / "pip-audit",
        "--strict",
        "--disable-pip",
        "--require-hashes",
        "-r",
        "requirements-tracing.txt",  # all that requirements.txt pins, and what traces need
    ]
    return subprocess.run(audit, cwd=ROOT, check=False).returncode == 0


def _run(*command: str | Path) -> None:
    subprocess.run(command, cwd=ROOT, check=True)


def _output(*command: str | Path) -> str:
    return subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout


if __name__ == "__main__":
    sys.exit(main())
