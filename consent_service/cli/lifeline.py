"""Ending with whoever started us, even if that was killed."""

import os
import signal
import threading


def stop_when_closed(pipe: int | None) -> None:
    """Stop as on SIGTERM once the other end of a pipe is closed; it is when whoever holds it is gone."""

    def wait(descriptor: int) -> None:
        os.read(descriptor, 1)
        os.kill(os.getpid(), signal.SIGTERM)

    if pipe is not None:
        threading.Thread(target=wait, args=[pipe], daemon=True).start()
