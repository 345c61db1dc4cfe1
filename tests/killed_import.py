"""Imports, forked from one process that has everything loaded, each killed at a given moment.

Reads a number a line on standard input: the import is killed before that change of the database or the commit of one;
answers ``killed``, or ``done`` where it came to its end before.  Batches are small, so that there is much to be killed in.
"""

import os
import signal
import sys
from datetime import datetime
from itertools import count
from pathlib import Path

from flask import Flask
from sqlalchemy import event

from consent_service.config import Settings
from consent_service.database import db
from consent_service.imports import service
from consent_service.opening import open_house
from tests.importing import imported

CHANGES = ("UPDATE", "DELETE", "INSERT", "WITH", "COPY")
LINES = 2


def main() -> None:
    """Fork one import after another until standard input ends."""
    service.MOST_LINES = LINES
    now = datetime.fromisoformat(os.environ["NOW"])
    app = open_house(Settings.from_env(os.environ), lambda: now)
    for moment in sys.stdin:
        child = os.fork()
        if child == 0:
            _work(app, int(moment))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        print("killed" if os.WIFSIGNALED(status) else "done", flush=True)


def _work(app: Flask, moment: int) -> None:
    moments = count(1)

    def pass_by() -> None:
        if next(moments) == moment:
            os.kill(os.getpid(), signal.SIGKILL)

    def change(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith(CHANGES):
            pass_by()

    with app.app_context():
        db.engine.dispose(close=False)
        event.listen(db.engine, "before_cursor_execute", change)
        event.listen(db.engine, "commit", lambda _connection: pass_by())
    imported(app, Path(os.environ["FILE"]))
