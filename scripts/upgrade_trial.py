"""Bring a full database to this release while the release before serves on it, as an installation would be upgraded.

A PostgreSQL of its own, filled at the schema of the release before, whose own code (from the history of the repository)
serves.  Under load of recordings, checks, withdrawals and requests `migrate` of this release runs; then the old release
goes on, then the new one beside it, then the new one alone.  An answer that is an error, or a row that is not there, is
a fault; the exit status is then 1.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Collection
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from alembic.autogenerate import compare_metadata  # noqa: E402 - the project is put on the path first
from alembic.migration import MigrationContext  # noqa: E402
from sqlalchemy import create_engine  # noqa: E402

from consent_service.cli.output import progress  # noqa: E402
from consent_service.schema import head  # noqa: E402
from scripts.bench_service import free_port, wait_for  # noqa: E402
from scripts.chaos_load import Clients  # noqa: E402
from scripts.upgrade_rows import BY_STAFF, multiply  # noqa: E402
from tests.every_table import every_table  # noqa: E402
from tests.own_postgresql import OwnPostgreSQL  # noqa: E402
from tests.quick import quick_place  # noqa: E402

# The release before: until there is one, the last state of the code whose schema was 0030.
BEFORE = "e2ecf0049d744077ca34311696a27beaf2cc94a7"
SLUG = "uof"
PREPARE = """
import os
from consent_service.app import create_app
from consent_service.cli.first_run import prepare
from consent_service.config import Settings
from consent_service.schema import migrate
settings = Settings.from_env(os.environ)
app = create_app(settings)
migrate(app)
prepare(app, settings)
"""
SETTINGS = "log_lock_waits = on\nmax_wal_size = '2GB'\n"  # a wait is logged after a second
WAITED = re.compile(r"still waiting for (?:AccessShare|RowShare|RowExclusive)Lock on relation")
MORE_WITHIN = 120
ANSWER_WITHIN = 60  # seconds: a small machine that builds indexes is slow, which is told and no fault


@dataclass
class Told:
    """What an upgrade took, and what went wrong in it."""

    took: float = 0.0
    before: str = ""
    counts: dict[str, float] = field(default_factory=dict)
    faults: dict[str, Collection[str]] = field(default_factory=dict)


def old_release(folder: Path) -> Path:
    """Write the code of the release before to a folder.

    Raises:
        LookupError: The history of the repository is not here.
    """
    told = subprocess.run(["git", "archive", BEFORE], cwd=ROOT, check=False, capture_output=True)
    if told.returncode:
        raise LookupError(f"the release before is not in the history here: {told.stderr.decode().strip()[:200]}")
    with tarfile.open(fileobj=BytesIO(told.stdout)) as archive:
        archive.extractall(folder, filter="data")
    return folder


class Upgrade:
    """One installation, from its old release to this one."""

    def __init__(self, folder: Path, rows: int, clients: int) -> None:
        self.rows = rows
        self.old = old_release(folder / "old")
        (folder / "database").mkdir()
        self.database = OwnPostgreSQL(folder / "database", SETTINGS)
        self.database.start()
        self.engine = create_engine(self.database.url)
        self.ports = [free_port(), free_port()]
        self.addresses = [("127.0.0.1", port) for port in self.ports]
        shutil.copytree(self.old / "policies" / SLUG, folder / "policies" / SLUG)
        self.environ = os.environ | {
            "POLICIES_DIR": str(folder / "policies"), "PYTHONDONTWRITEBYTECODE": "",
            "PYTHONPYCACHEPREFIX": str(folder / "compiled"),  # once for all processes of the release before
            "DATA_DIR": str(folder / "instance"), "DATABASE_URL": self.database.url, "LOG_LEVEL": "error",
            "WEB_WORKERS": "1", "PYTHONWARNINGS": "ignore",
        }  # fmt: skip
        self.nodes: list[subprocess.Popen[bytes]] = []
        self._run(self.old, "-c", PREPARE)
        demo = json.loads((folder / "instance" / "demo.json").read_text())
        self.clients = Clients(self.addresses[:1], demo["operators"][SLUG]["secret_key"], clients, ANSWER_WITHIN)

    def _run(self, release: Path, *arguments: str) -> None:
        subprocess.run([sys.executable, *arguments], cwd=release, env=self.environ, check=True)

    def _serve(self, release: Path, port: int) -> subprocess.Popen[bytes]:
        node = subprocess.Popen(
            [sys.executable, "-m", "consent_service", "serve"],
            cwd=release, env=self.environ | {"PORT": str(port)},
        )  # fmt: skip
        self.nodes.append(node)
        wait_for(f"http://127.0.0.1:{port}/readyz", tries=1200)
        return node

    def carry_out(self, *, switch: bool) -> Told:
        """Upgrade the database under load, then, where it is wanted, what serves; and tell."""
        old = self._serve(self.old, self.ports[0])
        self._fill()
        told = Told(before=self.database.ask("SELECT version_num FROM alembic_version"))
        self.clients.start()
        try:
            self.clients.wait_for_more(MORE_WITHIN)
            begun = time.monotonic()
            self._run(ROOT, "-m", "consent_service", "migrate")
            told.took = time.monotonic() - begun
            for _ in range(2):  # the first may have been sent before
                self.clients.wait_for_more(MORE_WITHIN)
            if switch:
                self._switch_from(old)
        finally:
            self.clients.stop()
        self._look(told)
        return told

    def _switch_from(self, old: subprocess.Popen[bytes]) -> None:
        self._serve(ROOT, self.ports[1])
        self.clients.turn_to(self.addresses)
        self.clients.wait_for_more(MORE_WITHIN)
        self.clients.turn_to(self.addresses[1:])
        old.terminate()
        old.wait()
        self.clients.wait_for_more(MORE_WITHIN)

    def _fill(self) -> None:
        """Record one consent and its withdrawal through the old release, and have many of them."""
        self.clients.live_once("the-one")
        progress(f"Filling {self.rows} consents")
        multiply(self.engine, self.rows)

    def _look(self, told: Told) -> None:
        said = self.clients.acknowledged
        with self.engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            every_table()
            differs = [str(one) for one in compare_metadata(context, every_table()[0].metadata)]

        def listed(query: str) -> set[str]:
            return set(self.database.ask(f"SELECT coalesce(string_agg(x::text, ' '), '') FROM ({query}) a(x)").split())  # noqa: S608 - our own words

        filled = self.database.ask("SELECT count(*) FROM ledger_events WHERE staff_id IS NOT NULL")
        expected = self.rows // BY_STAFF
        told.counts = {
            "rows of each big table": self.rows,
            "consents recorded": len(said.consents),
            "permissions checked": said.checks,
            "withdrawals taken": len(said.withdrawals),
            "requests taken": len(said.requests),
            "longest answer, seconds": round(said.longest, 2),
            "statements of clients that waited a second for a lock": len(WAITED.findall(self._log())),
            "migrate took, seconds": round(told.took, 1),
        }
        told.faults = {
            "answers that no client should get": said.refused,
            "requests that had to be sent again": [f"{count} times {why}" for why, count in said.why_repeated.items()],
            "acknowledged consents that are gone": set(said.consents.values()) - listed("SELECT id FROM consents"),
            "acknowledged withdrawals that are gone": {one["id"] for one in said.withdrawals.values()}
            - listed("SELECT id FROM withdrawals"),
            "people with two consents": listed(
                "SELECT subject_id FROM consents GROUP BY subject_id HAVING count(*) > 1"
            ),
            "what differs from the models": differs,
            "indexes that are half built": listed("SELECT indexrelid::regclass FROM pg_index WHERE NOT indisvalid"),
            "events of staff that were not filled": [] if int(filled) == expected else [f"{filled} of {expected}"],
            "another schema than that of this release": listed(
                f"SELECT version_num FROM alembic_version WHERE version_num <> '{head()}'"  # noqa: S608 - as above
            ),
        }

    def _log(self) -> str:
        return (self.database.folder / "log").read_text(errors="replace")

    def end(self) -> None:
        """Stop everything."""
        for node in self.nodes:
            node.terminate()
            node.wait()
        self.engine.dispose()
        self.database.stop()


def upgraded(folder: Path, rows: int, clients: int, *, switch: bool = True) -> Told:
    """Upgrade an installation in a folder, which is left to the caller."""
    upgrade = Upgrade(folder, rows, clients)
    try:
        return upgrade.carry_out(switch=switch)
    finally:
        upgrade.end()


def main() -> int:
    """Run the trial and print its table; 1 where there was a fault."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--clients", type=int, default=2)
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="kelisim-upgrade-", dir=quick_place()))
    folder.chmod(0o755)  # the server of PostgreSQL runs as a user of its own
    try:
        told = upgraded(folder, asked.rows, asked.clients)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"from {told.before} to {head()}")
    for name, count in told.counts.items():
        print(f"  {name:<55}{count:>10}")
    for question, found in told.faults.items():
        print(f"  {question:<55}{len(found) or 'none':>10}")
        for one in sorted(found)[:5]:
            print(f"      {one}")
    return 1 if any(told.faults.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
