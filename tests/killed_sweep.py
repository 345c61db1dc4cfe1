"""A worker that sweeps and says when it begins each statement, so that a test can kill it at any of them."""

import os

from sqlalchemy import event

from consent_service.app import create_app
from consent_service.config import Settings
from consent_service.database import db
from consent_service.jobs import pace
from consent_service.jobs.runner import find_job, run_now
from consent_service.kernel.clock import system_clock
from consent_service.services import services

JOBS = ("retention.follow", "retention.sweep", "erasures.execute")


def main() -> None:
    """Sweep again and again until killed; parts are small, so that there is much to be killed in."""
    pace.LEAST = pace.MOST = 3
    app = create_app(Settings.from_env(os.environ), system_clock)
    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", _tell)
        event.listen(db.engine, "commit", lambda _connection: print("commit", flush=True))
        while True:
            for name in JOBS:
                run_now(services(), find_job(name))
            print("round", flush=True)


def _tell(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
    print(statement[:20].replace("\n", " "), flush=True)
