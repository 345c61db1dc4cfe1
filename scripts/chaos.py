"""Kill what serves while clients record, withdraw and ask; then look whether anything was lost or done twice.

Two web nodes, two workers and a PostgreSQL of its own, all on loopback in a folder that goes afterwards.  Whatever was
killed is started again, as systemd would.  The last table tells what was killed how often, and what was lost: nothing,
or the exit status is 1.
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Collection
from pathlib import Path
from random import Random  # noqa: TID251 - chance that can be repeated, nothing secret

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from consent_service.app import create_app  # noqa: E402 - the project is put on the path first
from consent_service.cli.first_run import prepare  # noqa: E402
from consent_service.cli.output import progress  # noqa: E402
from consent_service.config import Settings  # noqa: E402
from consent_service.schema import migrate  # noqa: E402
from scripts.bench_service import free_port  # noqa: E402
from scripts.chaos_load import Acknowledged, Clients  # noqa: E402
from tests.own_postgresql import OwnPostgreSQL  # noqa: E402
from tests.quick import quick_place  # noqa: E402

SLUG = "uof"
VICTIMS = {"web process": 30, "web node": 20, "worker": 30, "session of the database": 15, "database server": 5}
STARTED_WITHIN, SETTLED_WITHIN = 60, 120
WATCH_SECONDS = 0.1


class Node:
    """One process of the service, started again whenever it is gone."""

    def __init__(self, name: str, environ: dict[str, str]) -> None:
        self.name, self._environ = name, environ
        self._process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        kind = self.name.partition("-")[0]
        return subprocess.Popen(
            [sys.executable, "-m", "consent_service", {"web": "serve"}.get(kind, kind)],
            cwd=ROOT, env=self._environ, start_new_session=True,
        )  # fmt: skip

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
    """All that runs: a database and nodes, and whoever starts again what is gone."""

    def __init__(self, folder: Path) -> None:
        self.database = OwnPostgreSQL(folder)
        self.database.start()
        self.ports = [free_port(), free_port()]
        environ = os.environ | {
            "DATA_DIR": str(folder / "instance"), "DATABASE_URL": self.database.url, "LOG_LEVEL": "error",
            "WEB_WORKERS": "2", "PORT": str(self.ports[0]), "PYTHONWARNINGS": "ignore",
        }  # fmt: skip
        settings = Settings.from_env(environ)
        app = create_app(settings)
        migrate(app)
        prepare(app, settings)
        self.environ = environ
        self.secret = json.loads((settings.data_dir / "demo.json").read_text())["operators"][SLUG]["secret_key"]
        self.web = [Node(f"web-{n}", environ | {"PORT": str(port)}) for n, port in enumerate(self.ports)]
        self.workers = [Node(f"worker-{n}", environ) for n in range(2)]
        self._ending = threading.Event()
        self._watch = threading.Thread(target=self._watching)
        self._watch.start()

    def _watching(self) -> None:
        while not self._ending.wait(WATCH_SECONDS):
            for node in [*self.web, *self.workers]:
                node.watch()

    def strike(self, victim: str, chance: Random) -> None:
        """Kill one of a kind."""
        if victim == "web process":
            chance.choice(self.web).kill_one_process(chance)
        elif victim == "web node":
            chance.choice(self.web).kill()
        elif victim == "worker":
            chance.choice(self.workers).kill()
        elif victim == "session of the database":
            pid = self.database.ask(
                "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() "
                "ORDER BY random() LIMIT 1"
            )
            if pid.isdigit():
                os.kill(int(pid), signal.SIGKILL)
        else:
            self.database.kill()
            while not self.database.start(check=False):
                time.sleep(WATCH_SECONDS)

    def wait_until_ready(self) -> None:
        """Wait until both web nodes say that they are ready.

        Raises:
            TimeoutError: One is not.
        """
        until = time.monotonic() + STARTED_WITHIN
        for port in self.ports:
            while not _answers(f"http://127.0.0.1:{port}/readyz"):
                if time.monotonic() > until:
                    raise TimeoutError(f"port {port} is not ready")
                time.sleep(WATCH_SECONDS)

    def end(self) -> None:
        """Stop everything."""
        self._ending.set()
        self._watch.join()
        for node in [*self.web, *self.workers]:
            node.kill()
        self.database.stop()


def main() -> int:
    """Run the trial and print its table; 1 where anything was lost or doubled."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--pause", type=float, default=1.0, help="seconds between two kills, on the average")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    chance = Random(asked.seed)  # noqa: S311 - no secret
    folder = Path(tempfile.mkdtemp(prefix="kelisim-chaos-", dir=quick_place()))
    town = Town(folder)
    killed: Counter[str] = Counter()
    try:
        town.wait_until_ready()
        clients = Clients(town.ports, town.secret, asked.clients)
        clients.start()
        while killed.total() < asked.kills:
            time.sleep(asked.pause * (0.5 + chance.random()))
            clients.wait_for_more(STARTED_WITHIN)  # so that each strike meets a service that works
            (victim,) = chance.choices(list(VICTIMS), list(VICTIMS.values()))
            try:
                town.strike(victim, chance)
            except Exception as error:  # noqa: BLE001 - the database is away just now: the next strike comes
                progress(f"not struck ({type(error).__name__})")
                continue
            killed[victim] += 1
            progress(f"{killed.total()} of {asked.kills} killed, {len(clients.acknowledged.consents)} consents")
        clients.stop()
        town.wait_until_ready()
        faults = losses(town, clients.acknowledged)
    finally:
        town.end()
        shutil.rmtree(folder, ignore_errors=True)
    _print(killed, clients.acknowledged, faults)
    return 1 if any(faults.values()) else 0


def losses(town: Town, said: Acknowledged) -> dict[str, list[str]]:
    """Return what was acknowledged and is not there, what is there twice, and what does not fit, by question."""
    until = time.monotonic() + SETTLED_WITHIN
    while town.database.ask("SELECT count(*) FROM ledger_queue") != "0" and time.monotonic() < until:
        time.sleep(WATCH_SECONDS)
    verified = subprocess.run(
        [sys.executable, "-m", "consent_service", "ledger", "verify"],
        cwd=ROOT, env=town.environ, check=False, capture_output=True, text=True,
    )  # fmt: skip

    def listed(query: str) -> set[str]:
        return set(town.database.ask(f"SELECT coalesce(string_agg(x::text, ' '), '') FROM ({query}) a(x)").split())  # noqa: S608 - our own words

    def twice(table: str) -> set[str]:
        return listed(f"SELECT subject_id FROM {table} GROUP BY subject_id HAVING count(*) > 1")  # noqa: S608 - as above

    consents = listed("SELECT id FROM consents")
    acts = [*said.withdrawals.values(), *said.requests.values()]
    there = listed("SELECT id FROM withdrawals") | listed("SELECT id FROM subject_requests")
    found: dict[str, Collection[str]] = {
        "acknowledged consents that are gone": set(said.consents.values()) - consents,
        "consents that nobody acknowledged": consents - set(said.consents.values()),
        "people with two consents": twice("consents"),
        "acknowledged withdrawals and requests, gone": {one["id"] for one in acts} - there,
        "withdrawals and requests, unacknowledged": there - {one["id"] for one in acts},
        "people with two withdrawals": twice("withdrawals"),
        "acts without a date for each duty": [
            one["id"] for one in acts if not one["duties"] or not all(duty["due_on"] for duty in one["duties"])
        ],
        "duties without a date": listed("SELECT id FROM duties WHERE due_on IS NULL"),
        "events that were not sealed": listed("SELECT event_id FROM ledger_queue"),
        "what the ledger says": [] if verified.returncode == 0 else [(verified.stderr or verified.stdout)[-500:]],
        "answers that no client should get": said.refused,
    }
    return {question: sorted(one) for question, one in found.items()}


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2):
            return True
    except OSError:
        return False


def _print(killed: Counter[str], said: Acknowledged, faults: dict[str, list[str]]) -> None:
    print(f"{'killed with -9':<45}{'times':>8}")
    for victim in VICTIMS:
        print(f"  {victim:<43}{killed[victim]:>8}")
    print(f"{'acknowledged':<45}")
    counts = {
        "consents": len(said.consents), "withdrawals": len(said.withdrawals), "requests": len(said.requests),
        "sent again, with the same key": said.repeated,
    }  # fmt: skip
    for name, count in counts.items():
        print(f"  {name:<43}{count:>8}")
    print(f"{'lost, doubled, wrong':<45}")
    for question, found in faults.items():
        print(f"  {question:<43}{len(found) or 'none':>8}")
        for one in found[:5]:
            print(f"      {one}")


if __name__ == "__main__":
    sys.exit(main())
