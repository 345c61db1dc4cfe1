"""A worker that erases one person at one target and dies before a statement or commit, in whichever database.

It forks for each try, so that many moments cost little.
"""

import os
import signal
import sys

from flask import Flask
from sqlalchemy import Engine, event

from consent_service.config import Settings
from consent_service.database import db
from consent_service.opening import open_house
from consent_service.services import services
from tests.crm import ACTOR, SLUG, anna
from tests.factories import seed_policies


def main() -> None:
    """Read a moment, let a child come as far, say how it ended; again until there is no further moment."""
    app = open_house(Settings.from_env(os.environ))
    with app.app_context():
        db.engine.dispose()  # each child opens its own connections
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _erase(app, int(line))
        _, status = os.waitpid(child, 0)
        print("killed" if os.WIFSIGNALED(status) else os.WEXITSTATUS(status), flush=True)


def _erase(app: Flask, moment: int) -> None:
    """Erase and exit with the number of steps, or die before the one of this number."""
    steps = 0

    def step(*what: object) -> None:
        nonlocal steps
        if any(words in str(what[2:3]) for words in ("PRAGMA", "sqlite_master")):
            return  # reading the schema changes nothing
        if steps == moment:
            os.kill(os.getpid(), signal.SIGKILL)
        steps += 1

    with app.app_context():
        with services().read(ACTOR) as unbound:
            (target,) = services().targets(unbound.for_operator(seed_policies.number(unbound, SLUG)))
        found = target.find(anna())
        event.listen(Engine, "before_cursor_execute", step)
        event.listen(Engine, "commit", step)
        target.erase(anna(), found)
    os._exit(steps)


if __name__ == "__main__":
    main()
