"""What `make chaos` strikes: web nodes, workers and a database of its own, and whoever starts again what is gone."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from random import Random  # noqa: TID251 - chance that can be repeated, nothing secret

from sqlalchemy import create_engine, make_url, text

from consent_service.app import create_app
from consent_service.cli.first_run import prepare
from consent_service.config import Settings
from consent_service.database import db
from consent_service.schema import migrate
from scripts.bench_service import free_port
from scripts.chaos_network import Island

ROOT = Path(__file__).resolve().parent.parent
SLUG = "uof"
READY_WITHIN = 120
WATCH_SECONDS = 0.1
# Each claim of a slot that was committed, whatever becomes of its row.
CLAIMS = (
    "CREATE TABLE chaos_claims (job text, slot timestamptz)",
    """CREATE FUNCTION chaos_claimed() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN INSERT INTO chaos_claims VALUES (NEW.job, NEW.slot); RETURN NEW; END'""",
    "CREATE TRIGGER chaos_claims AFTER INSERT ON job_runs FOR EACH ROW EXECUTE FUNCTION chaos_claimed()",
)


class Node:
    """One process of the service, started again whenever it is gone, with what its ``environ`` is by then.

    ``before``: the words of a command that runs it somewhere else.
    """

    def __init__(self, name: str, environ: Mapping[str, str], before: tuple[str, ...] = ()) -> None:
        self.name, self.environ, self._before = name, dict(environ), before
        self._process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        kind = self.name.partition("-")[0]
        return subprocess.Popen(
            [*self._before, sys.executable, "-m", "consent_service", {"web": "serve"}.get(kind, kind)],
            cwd=ROOT, env=self.environ, start_new_session=True,
        )  # fmt: skip

    @property
    def address(self) -> tuple[str, int]:
        """Where a web node listens."""
        return self.environ["HOST"], int(self.environ["PORT"])

    def watch(self) -> None:
        """Start it again if it is gone, with all that it had started."""
        if self._process.poll() is not None:
            self.kill()
            self._process = self._start()

    def kill(self) -> None:
        """Kill it with all that it has started, as systemd ends a unit."""
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
        self._process.wait()

    def kill_one_process(self, chance: Random) -> None:
        """Kill one of the processes that answer; the node starts another."""
        listed = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(self._process.pid)], stdout=subprocess.PIPE, text=True, check=False
        )
        found = [int(pid) for pid in listed.stdout.split()]
        if found:
            os.kill(chance.choice(found), signal.SIGKILL)


class Town:
    """All that runs on one database, whose address is ``url``."""

    def __init__(self, folder: Path, url: str, far: Island | None = None) -> None:
        """``far``: where the second of each kind of node runs, if elsewhere."""
        self.folder = folder
        self.environ = os.environ | {
            "DATA_DIR": str(folder), "DATABASE_URL": url, "HOST": "127.0.0.1", "LOG_LEVEL": "error",
            "WEB_WORKERS": "2", "PYTHONWARNINGS": "ignore",
        }  # fmt: skip
        settings = Settings.from_env(self.environ)
        app = create_app(settings)
        migrate(app)
        prepare(app, settings)
        with app.app_context():
            db.session.remove()
            for engine in db.engines.values():
                engine.dispose()
        self._engine = create_engine(url, isolation_level="AUTOCOMMIT", pool_pre_ping=True)
        for statement in CLAIMS:
            self.do(statement)
        self.secret = json.loads((settings.data_dir / "demo.json").read_text())["operators"][SLUG]["secret_key"]
        near, elsewhere = self.environ, _environ_on(far, self.environ)
        self.web = [
            Node("web-0", near | {"PORT": str(free_port())}),
            Node("web-1", elsewhere | {"PORT": str(free_port())}, far.command if far else ()),
        ]
        self.workers = [Node("worker-0", near), Node("worker-1", elsewhere, far.command if far else ())]
        self._ending = threading.Event()
        self._watch = threading.Thread(target=self._watching)
        self._watch.start()

    @property
    def nodes(self) -> list[Node]:
        """All processes of the service."""
        return [*self.web, *self.workers]

    def _watching(self) -> None:
        while not self._ending.wait(WATCH_SECONDS):
            for node in self.nodes:
                node.watch()

    def listed(self, query: str) -> set[str]:
        """Return what a query finds, as text."""
        with self._engine.connect() as connection:
            return {str(row[0]) for row in connection.execute(text(query))}

    def do(self, statement: str) -> None:
        """Run a statement by itself."""
        with self._engine.connect() as connection:
            connection.execute(text(statement))

    def wait_until_ready(self) -> None:
        """Wait until all web nodes say that they are ready.

        Raises:
            TimeoutError: One is not.
        """
        until = time.monotonic() + READY_WITHIN
        for node in self.web:
            host, port = node.address
            while not _answers(f"http://{host}:{port}/readyz"):
                if time.monotonic() > until:
                    raise TimeoutError(f"{node.name} is not ready")
                time.sleep(WATCH_SECONDS)

    def end(self) -> None:
        """Stop everything but the database."""
        self._ending.set()
        self._watch.join()
        for node in self.nodes:
            node.kill()
        self._engine.dispose()


def _environ_on(far: Island | None, environ: dict[str, str]) -> dict[str, str]:
    if far is None:
        return environ
    url = make_url(environ["DATABASE_URL"]).set(host=far.database).render_as_string(hide_password=False)
    return environ | {"HOST": far.node, "BASE_URL": "http://127.0.0.1", "DATABASE_URL": url}


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2):
            return True
    except OSError:
        return False
