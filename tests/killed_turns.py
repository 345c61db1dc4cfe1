"""Turns of the key epoch or of the signing key, forked from one process that has everything loaded, each killed at a given statement.

Its arguments: ``epoch`` or ``signing``, and what time it is.  Reads a number a line on standard input: the turn is killed before that many changes of the database; answers
``killed``, or ``done`` where the turn ended before.
"""

import os
import signal
import sys
from datetime import datetime
from itertools import count

from sqlalchemy import event

from consent_service.config import Settings
from consent_service.database import db
from consent_service.jobs.key_epochs import begin, retire_old, wrap_all
from consent_service.jobs.signing_keys import turn_signing_key
from consent_service.kernel.uow import Actor
from consent_service.opening import open_house
from consent_service.services import Services, services

ACTOR = Actor("command", "test")
CHANGES = ("UPDATE", "DELETE", "INSERT")


def turn_epoch(house: Services) -> None:
    """Turn the key epoch."""
    begin(house, ACTOR)
    wrap_all(house, ACTOR)
    retire_old(house, ACTOR)


def turn_signing(house: Services) -> None:
    """Turn the signing key."""
    turn_signing_key(house, ACTOR)


TURNS = {"epoch": turn_epoch, "signing": turn_signing}


def main() -> None:
    """Fork one turn after another until standard input ends."""
    at = datetime.fromisoformat(sys.argv[2])
    app = open_house(Settings.from_env(os.environ), lambda: at)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            with app.app_context():
                db.engine.dispose(close=False)
                die_before(int(line))
                TURNS[sys.argv[1]](services())
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
