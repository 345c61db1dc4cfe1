"""Pin what ``pyproject.toml`` asks for, with hashes, through uv in a throwaway environment.

Pins that still fit stay as they are; with ``--upgrade`` newest releases are taken.
"""

import subprocess
import sys
import tempfile
import tomllib
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
UV = "uv==0.13.9"
OPTIONS = ("--quiet", "--generate-hashes", "--python-version", "3.11", "--no-emit-index-url", "--no-header")


def main(options: list[str]) -> int:
    """Write the four lock files; return the exit status."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        project = tomllib.load(file)["project"]
    with tempfile.TemporaryDirectory() as scratch:
        venv.create(scratch, with_pip=True)
        subprocess.run([f"{scratch}/bin/python", "-m", "pip", "install", "-qq", UV], check=True)
        compile_ = [f"{scratch}/bin/uv", "pip", "compile", *OPTIONS, *options]
        # Tests run on the very releases that are served: the first lock file constrains the others.
        tracing = ["--extra", "tracing", "-c", "requirements.txt"]
        development = ["--extra", "dev", "--extra", "tracing", "-c", "requirements-tracing.txt"]
        for target, extra in (
            ("requirements.txt", []),
            ("requirements-tracing.txt", tracing),
            ("requirements-dev.txt", development),
        ):
            print(f"Pinning {target}", flush=True)
            subprocess.run([*compile_, "pyproject.toml", *extra, "-o", target], check=True, cwd=ROOT)
        # Node is needed to fetch the front-end libraries alone, so its lock holds nothing else.
        print("Pinning requirements-node.txt", flush=True)
        subprocess.run(
            [*compile_, "--no-annotate", "-", "-o", "requirements-node.txt"],
            check=True,
            cwd=ROOT,
            input="\n".join(project["optional-dependencies"]["node"]),
            text=True,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
