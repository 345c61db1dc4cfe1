"""The main path of the service through PgBouncer in transaction mode, with fewer connections than there are clients."""

import json
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import make_url, text

from consent_service.config import Settings
from consent_service.database import db
from consent_service.evidence.verifying import verify_evidence
from consent_service.jobs.runner import find_job, run_now
from consent_service.kernel.errors import SettingsError
from consent_service.schema import head, migrate, revision
from consent_service.services import services
from tests.bouncer import CONNECTIONS, pooled
from tests.databases import PostgreSQL, app_on
from tests.factories import consent
from tests.importing import ACTOR, PURPOSE, imported, line, written
from tests.integration.conftest import MovableClock, client_of
from tests.integration.test_withdrawals import withdraw, work

pytestmark = pytest.mark.postgresql
CLIENTS, ROUNDS = 4 * CONNECTIONS, 8  # more often than psycopg runs a statement before it prepares it


@pytest.fixture(scope="module")
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture(scope="module")
def pooled_app(postgresql: PostgreSQL, clock: MovableClock) -> Iterator[Flask]:
    """One installation for all tests: its keys turn."""
    with postgresql.copied() as url, tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as data:
        name = make_url(url).database
        postgresql.run(f"ALTER DATABASE \"{name}\" SET lock_timeout = '30s'")
        postgresql.run(f"ALTER DATABASE \"{name}\" SET timezone = 'UTC'")
        Path(folder).chmod(0o755)
        with (
            pooled(url, Path(folder)) as front,
            app_on(front, Path(data), clock, DATABASE_POOLED="1") as app,
        ):
            yield app


def test_consents_are_recorded_checked_and_withdrawn_by_many_at_once(pooled_app: Flask, clock: MovableClock) -> None:
    uof = client_of(pooled_app, "uof")

    def live(number: int) -> list[bool]:
        mine, ref = client_of(pooled_app, "uof"), f"person-{number}"
        asked = {"subject": ref, "purpose": f"uof/personal-data-agreement#{PURPOSE}"}
        person = {"ref": ref, "identifiers": {"email": f"{ref}@example.kz"}}
        assert mine.post("/consents", consent(subject=person), Idempotency_Key=f"once-{number}").status_code == 201
        found = [mine.get("/permissions", **asked).json["items"][0]["allowed"] for _ in range(ROUNDS)]
        assert len(mine.get("/consents", subject=ref).json["items"]) == 1
        withdraw(mine, subject=ref)
        return found

    with ThreadPoolExecutor(CLIENTS) as threads:
        assert list(threads.map(live, range(CLIENTS))) == [[True] * ROUNDS] * CLIENTS
    clock.move(days=12)
    assert work(pooled_app) == 0

    assert uof.post("/subjects/search", {"email": "person-3@example.kz"}).json["items"] == []
    with pooled_app.app_context(), services().snapshot(ACTOR) as uow:
        verdict = verify_evidence(uow, services().settings.ledger_dir, lambda _what, _count: None)
        assert verdict.problems == []
        assert uow.session.execute(text("SELECT count(*) FROM ledger_leaves")).scalar_one() > 2 * CLIENTS


def test_workers_take_each_slot_once_through_the_pooler(pooled_app: Flask, clock: MovableClock) -> None:
    clock.move(days=40)

    def turn(name: str) -> bool:
        with pooled_app.app_context():
            return run_now(services(), find_job(name)).failed == 0

    names = ["ledger.seal", "ledger.publish", "keys.turn", "mail.deliver", "duties.mark_late", "webhooks.deliver"]
    with ThreadPoolExecutor(CLIENTS) as threads:
        assert all(threads.map(turn, names * 3))


def test_a_file_is_imported_through_the_pooler(pooled_app: Flask, tmp_path: Path) -> None:
    lines = [line(f"former-{number}") for number in range(200)]

    assert imported(pooled_app, written(tmp_path / "a.ndjson", *lines)).recorded == 200
    assert json.loads((tmp_path / "a.ndjson").read_text().splitlines()[0])["subject"]["ref"] == "former-0"


def test_migrations_wait_for_each_other_through_the_pooler_and_leave_no_lock(pooled_app: Flask) -> None:
    with ThreadPoolExecutor(CONNECTIONS - 1) as threads:
        list(threads.map(lambda _: migrate(pooled_app), range(4)))

    assert revision(pooled_app) == head()
    with pooled_app.app_context(), db.engine.connect() as connection:
        locks = connection.execute(text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")).scalar_one()
        assert locks == 0


def test_a_pooler_whose_connections_would_wait_for_ever_is_refused(postgresql: PostgreSQL, tmp_path: Path) -> None:
    with (
        postgresql.copied() as url,
        pytest.raises(SettingsError, match="ALTER ROLE"),
        app_on(url, tmp_path, DATABASE_POOLED="1"),
    ):
        pass


def test_a_pooler_is_for_postgresql_alone(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as refused:
        Settings.from_env({"DATA_DIR": str(tmp_path), "DATABASE_POOLED": "1"})

    assert "DATABASE_POOLED" in refused.value.detail
