"""What a caller is told while the database is there and does not answer."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from flask import Flask
from sqlalchemy import make_url

from consent_service.api.problems import RETRY_AFTER_SECONDS
from consent_service.kernel import silence
from tests.databases import PostgreSQL, app_on
from tests.factories import consent
from tests.integration.conftest import Api, MovableClock, client_of

pytestmark = pytest.mark.postgresql
REF, PURPOSE = consent()["subject"]["ref"], "uof/personal-data-agreement#targeted_advertising"


class Silent:
    """A database in which statements wait, and an application on it."""

    def __init__(self, app: Flask, other: psycopg.Connection, holder: psycopg.Connection) -> None:
        self.api: Api = client_of(app, "uof")
        self.other, self.holder = other, holder

    @contextmanager
    def of(self, table: str) -> Iterator[None]:
        with self.holder.transaction():
            self.holder.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
            yield

    def waiting(self) -> set[int]:
        """Return the sessions that wait; the server may not know yet that somebody has left one."""
        found = self.other.execute("SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
        return {pid for (pid,) in found}

    def told(self, ask: Callable[[], Any]) -> Any:  # Any: of the test client
        """Return what is answered once everything that waits has been cut off."""
        answers: list[Any] = []  # Any: as above
        asking = threading.Thread(target=lambda: answers.append(ask()))
        left = self.waiting()
        asking.start()
        while asking.is_alive():
            if fresh := self.waiting() - left:
                left |= fresh
                silence.cut_off(0)
        return answers[0]


@pytest.fixture
def silent(postgresql: PostgreSQL, tmp_path: Path) -> Iterator[Silent]:
    with postgresql.copied() as url, app_on(url, tmp_path, MovableClock()) as app:
        address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(address, autocommit=True) as other, psycopg.connect(address) as holder:
            yield Silent(app, other, holder)


def test_whoever_waits_for_a_silent_database_is_told_to_come_again_and_is_then_served_once(silent: Silent) -> None:
    def record() -> Any:  # Any: of the test client
        return silent.api.post("/consents", consent(), Idempotency_Key="once")

    def check() -> Any:  # Any: as above
        return silent.api.get("/permissions", subject=REF, purpose=PURPOSE)

    with silent.of("consents"):
        assert_unavailable(silent.told(record))
    assert record().status_code == 201
    assert silent.other.execute("SELECT count(*) FROM consents").fetchone() == (1,)

    assert check().status_code == 200, "from here on it goes the short way"
    with silent.of("consent_choices"):
        assert_unavailable(silent.told(check))
        assert_unavailable(silent.told(lambda: silent.api.get("/consents", subject=REF)))
    assert check().status_code == 200


def test_what_does_not_wait_long_enough_is_not_cut_off(silent: Silent) -> None:
    with silent.of("consent_choices"):
        asking = threading.Thread(target=silent.api.post, args=("/consents", consent()))
        asking.start()
        while not silent.waiting():
            pass
        assert silence.cut_off(silence.SILENT_SECONDS) == 0
    asking.join()
    assert silent.other.execute("SELECT count(*) FROM consents").fetchone() == (1,)


def assert_unavailable(answer: Any) -> None:  # Any: of the test client
    assert answer.status_code == 503, answer.text
    assert answer.headers["Retry-After"] == RETRY_AFTER_SECONDS
    assert answer.json["code"] == "unavailable"
