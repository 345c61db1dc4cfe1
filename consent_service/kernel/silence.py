"""A database that says nothing: what waits for it too long is cut off, so that whoever asked can be told.

A server that was stopped where it stands keeps its connections, and the system goes on to confirm what it is sent; no
timeout of the server or of TCP ends such a wait.
"""

import logging
import socket
import threading
import time
from contextlib import suppress
from typing import Any
from weakref import WeakSet

import psycopg
from psycopg.abc import PQGen

SILENT_SECONDS = 10.0
_LOOK_SECONDS = 0.5
_made: WeakSet["WatchedConnection"] = WeakSet()
_making = threading.Lock()
log = logging.getLogger(__name__)


class WatchedConnection(psycopg.Connection[Any]):  # Any: rows of each statement
    """A connection that says since when it waits for the server; None while it does not."""

    waits_since: float | None = None

    def wait(self, gen: PQGen[Any], *args: Any, **options: Any) -> Any:  # Any: as psycopg says
        """Wait for what a statement, a commit or a ping gives."""
        self.waits_since = time.monotonic()
        try:
            return super().wait(gen, *args, **options)
        finally:
            self.waits_since = None


def connect(*args: Any, **parameters: Any) -> WatchedConnection:  # Any: as psycopg takes them
    """Make a connection that can be cut off."""
    made = WatchedConnection.connect(*args, **parameters)
    with _making:
        _made.add(made)
    return made


def cut_off(silent_for: float) -> int:
    """Cut off each connection that has waited for so many seconds; who waits gets the driver's error.

    The server undoes what was not committed as soon as it notices.  Returns how many were cut off.
    """
    with _making:
        made = list(_made)
    now = time.monotonic()
    waiting = [one for one in made if (since := one.waits_since) is not None and now - since >= silent_for]
    for one in waiting:
        with (
            suppress(OSError, psycopg.Error),
            socket.socket(fileno=socket.dup(one.fileno())) as shared,
        ):  # closed by now
            shared.shutdown(socket.SHUT_RDWR)
    return len(waiting)


def watch() -> None:
    """From now on cut off what waits too long: for a process that answers people, not for one that works alone."""
    threading.Thread(target=_watching, name="silence", daemon=True).start()


def _watching() -> None:
    never = threading.Event()
    while not never.wait(_LOOK_SECONDS):
        if cut := cut_off(SILENT_SECONDS):
            log.error("the database said nothing and was left", extra={"connections": cut})
