"""Bring ``.venv`` in line with a lock file.

Runs on the standard library of the system's Python, before any package is there.  A second run with the
same lock file reads two small files and touches no network.
"""

import fcntl
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOWEST = (3, 11)
# The lock files that installing one of them satisfies.
COVERS = {
    "requirements.txt": ("requirements.txt",),
    "requirements-tracing.txt": ("requirements-tracing.txt", "requirements.txt"),
    "requirements-dev.txt": ("requirements-dev.txt", "requirements-tracing.txt", "requirements.txt"),
}


def is_current(lock: str) -> bool:
    """Say whether what ``lock`` pins is installed: a copy of it lies in ``.venv`` since it was."""
    done = _stamp(lock)
    return done.is_file() and done.read_bytes() == (ROOT / lock).read_bytes() and _runs()


def bring_up_to_date(lock: str) -> None:
    """Make ``.venv`` if there is none that works, and install what ``lock`` pins, hashes checked."""
    if not _runs():
        print(f"Making .venv with Python {sys.version.split()[0]}", flush=True)
        venv.EnvBuilder(with_pip=True, symlinks=True, clear=True).create(VENV)
    count = sum(1 for line in (ROOT / lock).read_text().splitlines() if "==" in line)
    print(f"Installing {count} packages of {lock} (a minute or two the first time)", flush=True)
    for covered in COVERS[lock]:
        _stamp(covered).unlink(missing_ok=True)
    subprocess.run(
        [
            PYTHON,
            "-m",
            "pip",
            "install",
            "-qq",
            "--no-input",
            "--no-deps",
            "--require-hashes",
            "-r",
            ROOT / lock,
        ],
        check=True,
    )
    for covered in COVERS[lock]:
        _stamp(covered).write_bytes((ROOT / covered).read_bytes())


def main(lock: str) -> int:
    """Do what is needed, one process at a time; return the exit status."""
    if is_current(lock):
        return 0
    with (ROOT / "pyproject.toml").open() as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)  # two `make` at once on a fresh clone: one installs, the other waits
        if is_current(lock):
            return 0
        try:
            bring_up_to_date(lock)
        except subprocess.CalledProcessError:
            print(f"{lock} could not be installed into .venv; the lines above say why.", file=sys.stderr)
            return 1
    return 0


def _stamp(lock: str) -> Path:
    return VENV / f"installed-{lock}"


def _runs() -> bool:
    if sys.prefix == str(VENV):
        return True
    test = f"import sys; sys.exit(sys.version_info < {LOWEST})"
    try:
        return subprocess.run([PYTHON, "-c", test], check=False, capture_output=True).returncode == 0
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
