"""Commands as processes of their own, forked from one that has read code and law: that takes longer than most do.

``python -m tests.command_line`` is that one: a line of JSON asks for a command, a line answers how it ended.
"""

import atexit
import gc
import json
import os
import signal
import subprocess
import sys
import tempfile
from functools import cache
from importlib import import_module
from pathlib import Path

from sqlalchemy.orm import configure_mappers

from consent_service.deadlines.service import load_law

ROOT = Path(__file__).resolve().parent.parent
MOST_SECONDS = 120


def run(*arguments: str, data_dir: Path, expect: int = 0, **environ: str) -> subprocess.CompletedProcess[str]:
    """Carry out a command and assert how it ends."""
    with tempfile.TemporaryDirectory() as folder:
        out, err = Path(folder, "out"), Path(folder, "err")
        asked = {
            "arguments": arguments,
            "environ": {**os.environ, "DATA_DIR": str(data_dir), **environ},
            "out": str(out),
            "err": str(err),
        }
        forking = _forking()
        assert forking.stdin
        assert forking.stdout
        print(json.dumps(asked), file=forking.stdin, flush=True)
        code = int(forking.stdout.readline())
        done = subprocess.CompletedProcess(arguments, code, out.read_text(), err.read_text())
    assert done.returncode == expect, done.stderr
    return done


@cache
def _forking() -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.command_line"]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    atexit.register(process.communicate)  # it ends when nothing more can be asked
    return process


def main() -> None:
    """Read the code, the tables and the law, and fork a process for each command that is asked for."""
    cli = import_module("consent_service.cli")
    for name in ("consent_service.app", *(f"consent_service.cli.{module}" for module in set(cli.MODULES.values()))):
        import_module(name)
    configure_mappers()
    load_law(None)
    gc.collect()
    gc.freeze()  # what the children share is not looked through, and so not copied, by each of them
    for line in sys.stdin:
        asked = json.loads(line)
        child = os.fork()
        if not child:
            signal.alarm(MOST_SECONDS)
            for path, stream in ((os.devnull, 0), (asked["out"], 1), (asked["err"], 2)):
                os.dup2(os.open(path, os.O_RDWR | os.O_CREAT), stream)
            os.environ.clear()
            os.environ.update(asked["environ"])
            sys.argv[1:] = asked["arguments"]
            cli.main()
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main()
