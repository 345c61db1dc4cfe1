"""Workers that sweep, forked from one process that has everything loaded, each killed at a given moment.

Reads a number a line on standard input: the worker is killed before that change of the database or the commit of one;
answers ``killed``, or ``done`` where its work ended before.  Parts are small, so that there is much to be killed in.
"""

import os
import signal
import sys
from datetime import datetime
from itertools import count

from flask import Flask
from sqlalchemy import event

from consent_service.config import Settings
from consent_service.database import db
from consent_service.jobs import pace
from consent_service.jobs.runner import find_job, run_now
from consent_service.opening import open_house
from consent_service.services import services

JOBS = ("retention.follow", "retention.sweep", "erasures.execute")
CHANGES = ("UPDATE", "DELETE", "INSERT", "COPY")
PART = 3


def main() -> None:
    """Fork one worker after another until standard input ends."""
    pace.LEAST = pace.MOST = PART
    now = datetime.fromisoformat(os.environ["NOW"])
    app = open_house(Settings.from_env(os.environ), lambda: now)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _work(app, int(line))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        print("killed" if os.WIFSIGNALED(status) else "done", flush=True)


def _work(app: Flask, moment: int) -> None:
    moments, changed = count(1), set[str]()

    def pass_by() -> None:
        if next(moments) == moment:
            os.kill(os.getpid(), signal.SIGKILL)

    def change(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith(CHANGES):
            changed.add(statement)
            pass_by()

    def commit(_connection: object) -> None:
        if changed:
            changed.clear()
            pass_by()

    with app.app_context():
        db.engine.dispose(close=False)
        event.listen(db.engine, "before_cursor_execute", change)
        event.listen(db.engine, "commit", commit)
        for name in JOBS:
            run_now(services(), find_job(name))
