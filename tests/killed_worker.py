"""A worker that says when it begins each transaction, so that a test can kill it in the middle of one.

Leases are shortened: a test cannot wait for the five minutes after which a dead worker is succeeded.
"""

import os
from datetime import timedelta

from sqlalchemy import event

from consent_service.config import Settings
from consent_service.database import db
from consent_service.erasure import claims as erasure
from consent_service.jobs.runner import run_now
from consent_service.jobs.schedule import JOBS
from consent_service.kernel.clock import system_clock
from consent_service.opening import open_house
from consent_service.services import services


def main() -> None:
    """Run every job again and again until killed."""
    erasure.LEASE = timedelta(milliseconds=1)
    app = open_house(Settings.from_env(os.environ), system_clock)
    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", _tell)
        while True:
            for job in JOBS:
                run_now(services(), job)
            print("round", flush=True)


def _tell(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
    if statement.startswith(("UPDATE", "DELETE", "INSERT")):
        print(statement[:20], flush=True)
