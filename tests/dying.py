"""Workers that die at a given moment, forked one after another from one process that has everything loaded."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@contextmanager
def dying(module: str, **environ: str) -> Iterator[Callable[[int | str], str]]:
    """Yield what lets a worker of a module run until it dies at a moment; it answers how the worker ended."""
    process = subprocess.Popen(
        [sys.executable, "-c", f"import {module} as w; w.main()"],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT), "LOG_LEVEL": "error"} | environ,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdin
    assert process.stdout

    def work_until(moment: int | str) -> str:
        print(moment, file=process.stdin, flush=True)
        return process.stdout.readline().strip()  # type: ignore[union-attr]  # it is there

    try:
        yield work_until
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
