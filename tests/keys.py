"""Key files for the tests."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from consent_service.kernel.key_file import KeyFile
from consent_service.kernel.key_providers.plain import PlainFile
from consent_service.kernel.keys import Keyring

ROOT = Path(__file__).resolve().parent.parent


def open_key_file(place: Path) -> Keyring:
    """Return the keys of a file that keeps them itself; it is made where it is not there."""
    return KeyFile(place, PlainFile()).ring()


@contextmanager
def killed_turns(what: str, at: datetime, **environ: str) -> Iterator[Callable[[int], str]]:
    """Yield what starts one turn, killed before a number of changes; it answers ``killed`` or ``done``."""
    process = subprocess.Popen(
        [sys.executable, "-c", "import tests.killed_turns as w; w.main()", what, at.isoformat()],
        cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)} | environ,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip

    def turn(change: int) -> str:
        assert process.stdin
        assert process.stdout
        print(change, file=process.stdin, flush=True)
        return process.stdout.readline().strip()

    try:
        yield turn
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
