"""Turns of the key epoch, forked from one process that has everything loaded, each killed at a given statement.

Reads a number a line on standard input: the turn is killed before that many changes of the database; answers
``killed``, or ``done`` where the turn ended before.
"""

import os
import signal
import sys
from itertools import count

from sqlalchemy import event

from consent_service.app import create_app
from consent_service.config import Settings
from consent_service.database import db
from consent_service.jobs.key_epochs import begin, retire_old, wrap_all
from consent_service.kernel.clock import system_clock
from consent_service.kernel.uow import Actor
from consent_service.services import services

ACTOR = Actor("command", "test")
CHANGES = ("UPDATE", "DELETE", "INSERT")


def main() -> None:
    """Fork one turn after another until standard input ends."""
    app = create_app(Settings.from_env(os.environ), system_clock)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            with app.app_context():
                db.engine.dispose(close=False)
                die_before(int(line))
                begin(services(), ACTOR)
                wrap_all(services(), ACTOR)
                retire_old(services(), ACTOR)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        print("killed" if os.WIFSIGNALED(status) else "done", flush=True)


def die_before(change: int) -> None:
    """Kill this process when it is about to make a change of the database."""
    changes = count(1)

    @event.listens_for(db.engine, "before_cursor_execute")
    def tell(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith(CHANGES) and next(changes) == change:
            os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main()
