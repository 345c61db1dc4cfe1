"""An installation with an operator's database, and backups of both, taken and put back.

A backup is a copied file of SQLite, or a copied database of PostgreSQL.
"""

import secrets
import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import orjson
from flask import Flask
from sqlalchemy import create_engine, make_url, text

from consent_service.database import db, empty_journal
from consent_service.jobs.replay import Outcome, replay
from consent_service.jobs.runner import find_job, run_now
from consent_service.opening import check_start
from consent_service.services import services
from tests.crm import CRM, PEOPLE, TABLES, Crm, connect
from tests.factories import consent
from tests.integration.conftest import ACTOR, MovableClock, client_of
from tests.integration.test_erasure_targets import order_of
from tests.roads import COURT, erase, staff

ANNA = {"ref": "person-1", "identifiers": {"email": "anna@example.kz", "phone": "+77010000001"}}
BOLAT = {"ref": "person-2", "identifiers": {"email": "b@x.kz"}}


class Backup:
    """Databases as they were, by their addresses."""

    def __init__(self, app: Flask, folder: Path, urls: Sequence[str]) -> None:
        self.app, self.urls = app, {url: f"backup_{secrets.token_hex(6)}" for url in urls}
        self.folder = folder
        self._let_go()
        for url, name in self.urls.items():
            if url.startswith("sqlite"):
                shutil.copy(_file(url), folder / name)
            else:
                _run(url, f'CREATE DATABASE "{name}" TEMPLATE "{_name(url)}"')

    def put_back(self, *urls: str) -> None:
        """Put databases back as they were; all of them where none is named."""
        self._let_go()
        for url in urls or self.urls:
            if url.startswith("sqlite"):
                for left in _file(url).parent.glob(f"{_file(url).name}*"):
                    left.unlink()  # the file too: whoever has it open must not meet the new one in it
                shutil.copy(self.folder / self.urls[url], _file(url))
            else:
                _run(url, f'DROP DATABASE "{_name(url)}" WITH (FORCE)')
                _run(url, f'CREATE DATABASE "{_name(url)}" TEMPLATE "{self.urls[url]}"')

    def drop(self) -> None:
        for url, name in self.urls.items():
            if not url.startswith("sqlite"):
                _run(url, f'DROP DATABASE "{name}" WITH (FORCE)')

    def _let_go(self) -> None:
        """Close what this process has open."""
        with self.app.app_context():
            empty_journal()
            db.session.remove()
            db.engine.dispose()


@contextmanager
def backups(app: Flask, folder: Path) -> Iterator["Backups"]:
    """Yield what takes backups; those of servers are dropped at the end."""
    with ExitStack() as stack:
        yield Backups(app, folder, stack)


class Backups:
    """Takes backups."""

    def __init__(self, app: Flask, folder: Path, stack: ExitStack) -> None:
        self.app, self.folder, self.stack = app, folder, stack

    def take(self, *urls: str) -> Backup:
        """Take a backup of some databases."""
        made = Backup(self.app, self.folder, urls)
        self.stack.callback(made.drop)
        return made


class House:
    """An installation with an operator's database, on servers of one kind, and how both are put back."""

    def __init__(self, app: Flask, clock: MovableClock, url: str, crm: Crm, backups: Backups) -> None:
        self.app, self.clock, self.url, self.crm, self.backups = app, clock, url, crm, backups
        self.uof = client_of(app, "uof")
        self.staff = staff(app)
        self.run("erasures.log")

    def consent(self, subject: dict[str, Any]) -> None:
        assert self.uof.post("/consents", consent(subject=subject)).status_code == 201
        self.clock.move(minutes=1)

    def erase(self, ref: str) -> str:
        """Erase a person on a court act; returns the order, which is done."""
        body = {"subject": ref, "ground": "18(3)", "reference": COURT, "ordered_by": self.staff}
        order: str = self.uof.post("/erasure-orders", body).json["order"]["id"]
        assert erase(self.app) == 0
        assert order_of(self.uof, order)["order"]["state"] == "done"
        self.clock.move(minutes=1)
        self.tell()
        return order

    def tell(self) -> None:
        """Seal and sign what has happened."""
        for job in ("ledger.seal", "ledger.publish"):
            self.run(job)

    def run(self, job: str) -> int:
        with self.app.app_context():
            return run_now(services(), find_job(job)).failed

    def replay(self) -> Outcome:
        with self.app.app_context():
            return replay(services(), ACTOR, lambda _said: None)

    def start(self) -> None:
        check_start(self.app)

    def people(self) -> int:
        with self.app.app_context(), db.engine.connect() as connection:
            return int(connection.scalar(text("SELECT count(*) FROM subjects")) or 0)

    def facts(self, kind: str) -> list[Any]:  # Any: JSON values
        with self.app.app_context(), db.engine.connect() as connection:
            query = text("SELECT body FROM ledger_events WHERE kind = :kind ORDER BY stream_seq")
            return [orjson.loads(bytes(body))["facts"] for body in connection.scalars(query, {"kind": kind})]

    @property
    def folder(self) -> Path:
        with self.app.app_context():
            return services().settings.ledger_dir


def make_house(app: Flask, clock: MovableClock, url: str, crm: Crm, folder: Path) -> Iterator[House]:
    """Yield an installation whose operator has a database with people in it."""
    crm.run(*TABLES, *PEOPLE)
    connect(app, CRM.format(dialect=crm.dialect), {"crm": crm.url})
    with backups(app, folder) as taken:
        yield House(app, clock, url, crm, taken)


def _file(url: str) -> Path:
    return Path(make_url(url).database or "")


def _name(url: str) -> str:
    return make_url(url).database or ""


def _run(url: str, statement: str) -> None:
    engine = create_engine(make_url(url).set(database="postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()
