"""SQLite lets one process write at a time: the next has its turn when that lets go, and an answer when it does not."""

import sqlite3
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DatabaseError, OperationalError

from consent_service import database
from consent_service.operators.service import set_rules
from consent_service.services import services
from tests.factories import seed_policies
from tests.integration.conftest import ACTOR


def write() -> None:
    with services().write(ACTOR) as unbound:
        set_rules(unbound.for_operator(seed_policies.number(unbound, "uof")), {"remind_working_days": 4})


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_writer_that_gets_no_turn_is_told_so_and_the_next_one_writes(
    app: Flask, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = sqlite3.connect(Path(str(make_url(database_url).database)), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    monkeypatch.setattr(database, "BUSY_TIMEOUT_SECONDS", 0.05)
    with app.app_context():
        with pytest.raises(OperationalError, match="locked"):
            write()
        other.execute("ROLLBACK")

        write()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_file_that_takes_no_writes_is_told_at_once(
    app: Flask, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(_seconds: float) -> None:
        raise AssertionError

    monkeypatch.setattr("consent_service.database.time.sleep", never)
    with app.app_context():
        database.db.session.remove()
        database.db.engine.dispose()
        Path(str(make_url(database_url).database)).write_bytes(b"no database, and longer than a header has to be" * 99)
        with pytest.raises(DatabaseError):
            write()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_writer_takes_its_turn_when_the_one_before_lets_go(
    app: Flask, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = sqlite3.connect(Path(str(make_url(database_url).database)), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    looked: list[float] = []

    def let_go_at_the_third(seconds: float) -> None:
        looked.append(seconds)
        if len(looked) == 3:
            other.execute("COMMIT")

    monkeypatch.setattr("consent_service.database.time.sleep", let_go_at_the_third)
    with app.app_context():
        write()

    assert len(looked) == 3
