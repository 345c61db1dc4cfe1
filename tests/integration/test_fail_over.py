"""The service on a pair of databases whose primary dies under load, where the programs of `deploy/ha/` are installed."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from consent_service.app import create_app
from consent_service.cli.first_run import prepare
from consent_service.config import Settings
from consent_service.database import db
from consent_service.schema import migrate
from deploy.ha.start import Missing, Pair, free_ports
from scripts.chaos_load import Acknowledged, Clients
from tests.conftest import FULL

ROOT = Path(__file__).resolve().parents[2]
SLUG, WITHIN = "uof", 120
pytestmark = [
    pytest.mark.postgresql,
    pytest.mark.skipif(not FULL, reason="databases are killed for a minute: that is for make test-all"),
]


@pytest.fixture
def pair() -> Iterator[Pair]:
    folder = Path(tempfile.mkdtemp(prefix="kelisim-pair-"))
    try:
        made = Pair(folder / "pair")
    except Missing as error:
        shutil.rmtree(folder)
        if os.environ.get("REQUIRE_PATRONI") == "1":
            pytest.fail(str(error))
        pytest.skip(str(error))
    if os.geteuid() == 0:
        folder.chmod(0o711)
    try:
        made.start()
        yield made
    finally:
        made.end()
        shutil.rmtree(folder)


class Watch:
    """What a node of the service says all the time while databases die."""

    def __init__(self, port: int, secret: str) -> None:
        self._port, self._secret = port, secret
        self.said: set[str] = set()
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._look)

    @contextmanager
    def looking(self) -> Iterator[None]:
        self._thread.start()
        try:
            yield
        finally:
            self._ending.set()
            self._thread.join()

    def ask(self, path: str) -> tuple[int, str | None, Any]:
        asked = urllib.request.Request(
            f"http://127.0.0.1:{self._port}{path}", headers={"Authorization": f"Bearer {self._secret}"}
        )
        try:
            with urllib.request.urlopen(asked, timeout=30) as answer:
                return answer.status, None, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, error.headers["Retry-After"], json.load(error)

    def is_ready(self) -> bool:
        return self.ask("/readyz")[0] == 200

    def allows(self, ref: str) -> bool:
        asked = f"/api/v1/permissions?subject={ref}&purpose={SLUG}%2Fpersonal-data-agreement%23targeted_advertising"
        status, _, body = self.ask(asked)
        assert status == 200, body
        return bool(body["items"][0]["allowed"])

    def _look(self) -> None:
        while not self._ending.wait(0.1):
            _, _, ready = self.ask("/readyz")
            self.said.add(str(ready.get("wrong", {}).get("database", ready["status"])))
            status, again, body = self.ask("/api/v1/consents?subject=c0-0")
            self.said.add(f"{status} {body['code']} {again}" if status != 200 else "200")


@contextmanager
def served(pair: Pair, folder: Path) -> Iterator[tuple[Watch, Clients, dict[str, str]]]:
    """Run a web node and a worker on the address of HAProxy; neither is started again."""
    (port,) = free_ports(1)
    environ = os.environ | {
        "DATA_DIR": str(folder), "DATABASE_URL": pair.url, "LOG_LEVEL": "error", "WEB_WORKERS": "1", "PORT": str(port),
        "PYTHONWARNINGS": "ignore",
    }  # fmt: skip
    settings = Settings.from_env(environ)
    app = create_app(settings)
    migrate(app)
    prepare(app, settings)
    with app.app_context():
        db.session.remove()
        for engine in db.engines.values():
            engine.dispose()
    secret = json.loads((folder / "demo.json").read_text())["operators"][SLUG]["secret_key"]
    with (folder / "said.log").open("w") as log:
        processes = [
            subprocess.Popen(
                [sys.executable, "-m", "consent_service", kind],
                cwd=ROOT, env=environ, start_new_session=True, stderr=log,
            )
            for kind in ("serve", "worker")
        ]  # fmt: skip
        try:
            yield Watch(port, secret), Clients([("127.0.0.1", port)], secret, 3), environ
            assert [process.poll() for process in processes] == [None, None], "neither was ended by it"
        finally:
            for process in processes:
                os.killpg(process.pid, signal.SIGTERM)
                process.wait()


def until(what: str, holds: Callable[[], bool]) -> None:
    end = time.monotonic() + WITHIN
    while not holds():
        assert time.monotonic() < end, what
        time.sleep(0.2)


def reached(watch: Watch) -> bool:
    try:
        return watch.is_ready()
    except OSError:
        return False


def values(pair: Pair, query: str) -> set[str]:
    engine = create_engine(pair.url)
    with engine.connect() as connection:
        found = {str(row[0]) for row in connection.execute(text(query))}
    engine.dispose()
    return found


def test_nothing_acknowledged_is_lost_when_the_primary_dies_and_nobody_restarts_the_service(
    pair: Pair, tmp_path: Path
) -> None:
    with served(pair, tmp_path) as (watch, clients, environ):
        until("the service is ready", lambda: reached(watch))
        clients.start()
        with watch.looking():
            clients.wait_for_more(WITHIN)
            first = pair.primary()
            assert first
            first.patroni.end(signal.SIGKILL)
            first.kill_server()
            until("the other takes over", lambda: pair.primary() not in {None, first})
            clients.wait_for_more(WITHIN)
            first.patroni.start()
            until("the dead one is back as a replica", pair.is_in_step)
            second = pair.primary()
            assert second
            second.patroni.end(signal.SIGKILL)  # its server lives on, and would take whatever comes
            until("the first is the primary again", lambda: pair.primary() is first)
            clients.wait_for_more(WITHIN)
            acknowledged = clients.acknowledged
            assert watch.allows(list(acknowledged.consents)[-1]), (
                "the old primary, which cannot know of it, is not asked"
            )
            second.patroni.start()
            until("both are in step again", pair.is_in_step)
        clients.stop()
        assert_unready_and_ready(watch.said)
        until("all is sealed by the worker", lambda: values(pair, "SELECT count(*) FROM ledger_queue") == {"0"})
        assert_all_there_once(pair, acknowledged)
        verified = subprocess.run(
            [sys.executable, "-m", "consent_service", "ledger", "verify"],
            cwd=ROOT, env=environ, check=False, capture_output=True, text=True,
        )  # fmt: skip
        assert verified.returncode == 0, verified.stdout + verified.stderr


def assert_unready_and_ready(said: set[str]) -> None:
    assert said >= {"ready", "cannot be reached, or has no schema", "200", "503 unavailable 5"}
    assert not [one for one in said if one.startswith("500")]


def assert_all_there_once(pair: Pair, said: Acknowledged) -> None:
    assert said.refused == []
    assert len(said.consents) > 20
    assert said.repeated > 0, "somebody met the fail-over"
    assert values(pair, "SELECT id FROM consents") == set(said.consents.values())
    assert values(pair, "SELECT subject_id FROM consents GROUP BY subject_id HAVING count(*) > 1") == set()
    acts = {one["id"] for one in [*said.withdrawals.values(), *said.requests.values()]}
    assert values(pair, "SELECT id FROM withdrawals UNION SELECT id FROM subject_requests") == acts
