"""Workers that deliver webhooks, forked from one process that has everything loaded, so that many can be killed.

For each line on standard input one is born and says ``born PID``, ``statement`` before each statement, ``sent`` between
an answer and its settlement, ``idle`` when nothing is due.  Leases are shortened: a test cannot wait for the minute
after which a dead worker is succeeded.
"""

import os
import signal
import sys
from datetime import timedelta

from flask import Flask
from sqlalchemy import event

from consent_service.config import Settings
from consent_service.database import db
from consent_service.jobs import webhooks
from consent_service.jobs.tasks import Count
from consent_service.kernel.clock import system_clock
from consent_service.kernel.outbound import Outbound
from consent_service.kernel.uow import Actor
from consent_service.opening import open_house
from consent_service.services import services
from consent_service.webhooks import delivering


def main() -> None:
    """Fork a worker for each line until standard input ends."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    delivering.LEASE = timedelta(milliseconds=1)
    send = webhooks._send

    def told(way: Outbound, claimed: delivering.Claimed) -> delivering.Tried:
        tried = send(way, claimed)
        say("sent")
        return tried

    webhooks._send = told
    app = open_house(Settings.from_env(os.environ), system_clock)
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            work(app)
        say(f"born {child}")


def work(app: Flask) -> None:
    """Deliver until killed."""
    with app.app_context():
        db.engine.dispose(close=False)
        event.listen(db.engine, "before_cursor_execute", lambda *_arguments: say("statement"))
        while True:
            count = Count()
            webhooks.webhooks_deliver(services(), Actor("job", "test"), count)
            if count.done == 0:
                say("idle")


def say(what: str) -> None:
    """Write a line whole."""
    os.write(1, f"{what}\n".encode())


if __name__ == "__main__":
    main()
