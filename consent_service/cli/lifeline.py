"""Ending with whoever started us, even if that was killed: ``python -m consent_service.cli.lifeline PIPE SCRIPT``."""

import os
import runpy
import signal
import sys
import threading


def stop_when_closed(pipe: int | None) -> None:
    """Stop as on SIGTERM once the other end of a pipe is closed; it is when whoever holds it is gone."""

    def wait(descriptor: int) -> None:
        os.read(descriptor, 1)
        os.kill(os.getpid(), signal.SIGTERM)

    if pipe is not None:
        threading.Thread(target=wait, args=[pipe], daemon=True).start()


if __name__ == "__main__":
    stop_when_closed(int(sys.argv[1]))
    sys.argv = sys.argv[2:]
    runpy.run_path(sys.argv[0], run_name="__main__")
