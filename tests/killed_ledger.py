"""Writers and sealers of the ledger, forked from one process that has everything loaded, so that many can be killed.

Reads ``writer`` or ``sealer`` a line on standard input and answers ``born PID``.  A writer says ``kept ID`` once an
event is committed; a sealer says ``sealed COUNT`` and ``signed SIZE``.
"""

import os
import signal
import sys
from pathlib import Path

from flask import Flask

from consent_service.config import Settings
from consent_service.database import db
from consent_service.kernel.clock import system_clock
from consent_service.kernel.ids import new_id
from consent_service.kernel.uow import Actor
from consent_service.ledger.events import EventType
from consent_service.ledger.publisher import export, publish
from consent_service.ledger.sealer import seal
from consent_service.ledger.service import append
from consent_service.opening import open_house
from consent_service.services import services

ACTOR = Actor("command", "test")


def main() -> None:
    """Fork what is asked for until standard input ends."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    app = open_house(Settings.from_env(os.environ), system_clock)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            with app.app_context():
                db.engine.dispose(close=False)
            work(app, line.strip())
        say(f"born {child}")


def work(app: Flask, role: str) -> None:
    """Write, or seal and sign, until killed."""
    while True:
        with app.app_context():
            (write if role == "writer" else seal_and_sign)()


def write() -> None:
    """Commit one event, and say so."""
    with services().write(ACTOR, 1) as uow:
        event_id = append(uow, EventType.CONSENT_RECORDED, new_id(uow.now), {}).id
    say(f"kept {event_id}")


def seal_and_sign() -> None:
    """Seal a little, sign, export."""
    house = services()
    folder: Path = house.settings.ledger_dir
    with house.write(ACTOR) as uow:
        sealed = seal(uow, "test/ledger", 7)
    say(f"sealed {sealed}")
    with house.write(ACTOR) as uow:
        head = publish(uow, folder)
    with house.snapshot(ACTOR) as uow:
        export(uow.session, uow.keys, folder)
    say(f"signed {head.tree_size if head else 0}")


def say(what: str) -> None:
    """Write a line whole."""
    os.write(1, f"{what}\n".encode())


if __name__ == "__main__":
    main()
