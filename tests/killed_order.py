"""Workers that carry out orders through an operator's database, forked from one process, each killed at a given moment.

Reads a moment a line on standard input: the worker is killed before a statement or a commit of that number, in our
database or in the operator's; answers ``killed``, or ``done`` where its work ended before.  Leases are of no length.
With ``WORK=replay`` it is a replay that is killed, with ``WORK=ending`` the end of an operator.
"""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Self

from flask import Flask
from sqlalchemy import Engine, event

from consent_service.config import Settings
from consent_service.database import db
from consent_service.erasure import claims
from consent_service.jobs.replay import replay
from consent_service.jobs.runner import find_job, run_now
from consent_service.kernel.uow import Actor
from consent_service.opening import open_house
from consent_service.services import services
from tests.dying import dying

ROOT = Path(__file__).resolve().parent.parent
_JOBS = {"erasures": "erasures.execute", "ending": "operators.end"}
READS_THE_SCHEMA = ("pg_catalog", "information_schema", "PRAGMA", "sqlite_master")


class Moments:
    """Counts the statements and commits of all databases, and does something before one of them."""

    def __init__(self, moment: int, then: Callable[[], None]) -> None:
        self.moment, self.then, self.numbers, self.seen = moment, then, count(1), 0

    def __enter__(self) -> Self:
        event.listen(Engine, "before_cursor_execute", self._statement)
        event.listen(Engine, "commit", self._pass_by)
        return self

    def __exit__(self, *_: object) -> None:
        event.remove(Engine, "before_cursor_execute", self._statement)
        event.remove(Engine, "commit", self._pass_by)

    def _statement(self, *what: object) -> None:
        if not any(words in str(what[2]) for words in READS_THE_SCHEMA):
            self._pass_by()

    def _pass_by(self, *_: object) -> None:
        self.seen = next(self.numbers)
        if self.seen == self.moment:
            self.then()


@contextmanager
def workers(app: Flask, clock: Callable[[], datetime], work: str = "erasures") -> Iterator[Callable[[int], str]]:
    """Yield what lets a worker run until it dies at a moment; it answers how the worker ended."""
    with app.app_context():
        settings = services().settings
    place = {"DATA_DIR": str(settings.data_dir), "DATABASE_URL": settings.database_url}
    with dying("tests.killed_order", **place, NOW=clock().isoformat(), WORK=work) as work_until:
        yield work_until


def main() -> None:
    """Fork one worker after another until standard input ends."""
    claims.LEASE = timedelta(0)
    now = datetime.fromisoformat(os.environ["NOW"])
    app = open_house(Settings.from_env(os.environ), lambda: now)
    with app.app_context():
        db.engine.dispose()  # each child opens its own connections
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _work(app, int(line))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        print("killed" if os.WIFSIGNALED(status) else "done", flush=True)


def _work(app: Flask, moment: int) -> None:
    with app.app_context(), Moments(moment, lambda: os.kill(os.getpid(), signal.SIGKILL)):
        if os.environ.get("WORK") == "replay":
            replay(services(), Actor("command", "test"), lambda _said: None)
        else:
            run_now(services(), find_job(_JOBS[os.environ["WORK"]]))


if __name__ == "__main__":
    main()
