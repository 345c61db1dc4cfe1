"""A worker that is killed before any statement of an erasure: end and counts are those of one that nobody disturbed."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from consent_service.database import db, empty_journal
from tests.conftest import FULL
from tests.crm import CRM, ERASED, PEOPLE, TABLES, Crm, anna, connect, targets
from tests.databases import app_on
from tests.integration.conftest import MovableClock

ROOT = Path(__file__).resolve().parents[2]
STEP = 1 if FULL else 5
NEVER = -1


class Laboratory:
    """An installation with an operator's database, both put back to the beginning for each kill."""

    def __init__(self, app: Flask, folder: Path, yaml: str) -> None:
        self.app, self.folder, self.crm = app, folder, Crm("sqlite", f"sqlite:///{folder / 'crm.db'}")
        self.crm.run(*TABLES, *PEOPLE)
        connect(app, yaml, {"crm": self.crm.url})
        self._let_go()
        for name in ("kelisim.db", "crm.db"):
            shutil.copy(folder / name, folder / f"{name}.first")
        environ = {**os.environ, "DATA_DIR": str(folder), "DATABASE_URL": f"sqlite:///{folder / 'kelisim.db'}"}
        self.worker = subprocess.Popen(
            [sys.executable, "-m", "tests.killed_connector"],
            cwd=ROOT, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def put_back(self) -> None:
        for name in ("kelisim.db", "crm.db"):
            for left in self.folder.glob(f"{name}-*"):
                left.unlink()
            shutil.copy(self.folder / f"{name}.first", self.folder / name)

    def erase_until(self, moment: int) -> str:
        """Let a worker erase and die before a step; returns "killed", or how many steps there were."""
        print(moment, file=self.worker.stdin, flush=True)
        assert self.worker.stdout
        return self.worker.stdout.readline().strip()

    def finish(self) -> tuple[dict[str, int], dict[str, list[tuple[object, ...]]]]:
        """Let another worker go on; returns the counts and what is in the operator's database."""
        erased = targets(self.app)["crm"].erase(anna(), {})
        self._let_go()
        return dict(erased.counts), self.crm.rows()

    def _let_go(self) -> None:
        """Close what this process has open: copying a file under SQLite takes its locks away."""
        with self.app.app_context():
            empty_journal()
            db.session.remove()
            db.engine.dispose()


@pytest.fixture(params=["one transaction", "batches"])
def laboratory(request: pytest.FixtureRequest, sqlite_template: Path, tmp_path: Path) -> Iterator[Laboratory]:
    yaml = CRM.format(dialect="sqlite")
    if request.param == "batches":
        yaml = yaml.replace("    tables:", "    batches: 100\n    tables:", 1)
    ours = shutil.copy(sqlite_template, tmp_path / "kelisim.db")
    with app_on(f"sqlite:///{ours}", tmp_path, MovableClock()) as app, app.app_context():
        made = Laboratory(app, tmp_path, yaml)
        with made.worker:
            yield made


def test_end_and_counts_are_those_of_an_undisturbed_erasure(laboratory: Laboratory) -> None:
    steps = int(laboratory.erase_until(NEVER))
    undisturbed = laboratory.finish()
    assert undisturbed[0] == ERASED
    assert steps > 20

    for moment in range(0, steps, STEP):
        laboratory.put_back()
        assert laboratory.erase_until(moment) == "killed"
        assert laboratory.finish() == undisturbed, moment
