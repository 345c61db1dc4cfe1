"""Workers on the road of erasure, forked from one process that has everything loaded, each killed at a given moment.

Reads a number a line on standard input: the worker is killed at that moment of its work, before a change of the
database, before or after a commit, before or after a target is asked; answers ``killed``, or ``done`` where its work
ended before.  Leases are of no length: nobody waits for the five minutes after which a dead worker is succeeded.
"""

import os
import signal
import sys
from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import count

from flask import Flask
from sqlalchemy import event

from consent_service.config import Settings
from consent_service.database import db
from consent_service.erasure import claims
from consent_service.erasure.targets import Erased, Whom
from consent_service.jobs.runner import find_job, run_now
from consent_service.opening import open_house
from consent_service.services import services
from tests.elsewhere import Elsewhere, Remote, aim

CHANGES = ("UPDATE", "DELETE", "INSERT")


def main() -> None:
    """Fork one worker after another until standard input ends."""
    claims.LEASE = timedelta(0)
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
    moments = count(1)

    def pass_by(*_: object) -> None:
        if next(moments) == moment:
            os.kill(os.getpid(), signal.SIGKILL)

    class Watched(Remote):
        """A target before and after whose every answer the worker may die."""

        def find(self, whom: Whom) -> Mapping[str, int]:
            pass_by()
            found = Remote.find(self, whom)
            pass_by()
            return found

        def erase(self, whom: Whom, found_before: Mapping[str, int]) -> Erased:
            pass_by()
            erased = Remote.erase(self, whom, found_before)
            pass_by()
            return erased

    def change(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith(CHANGES):
            pass_by()

    with app.app_context():
        db.engine.dispose(close=False)
        event.listen(db.engine, "before_cursor_execute", change)
        event.listen(db.engine, "commit", pass_by)
        port = int(os.environ["ELSEWHERE"])
        aim(app, [Watched(one.name, port) for one in Elsewhere(port).targets("shop", "post")])
        run_now(services(), find_job("erasures.execute"))


if __name__ == "__main__":
    main()
