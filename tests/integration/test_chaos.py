"""The trial of `make chaos`, with few kills; the pair of databases has a test of its own."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import FULL

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.postgresql


@pytest.mark.skipif(not FULL, reason="processes are killed for minutes: that is for make test-all")
def test_nothing_acknowledged_is_lost_or_doubled_while_processes_are_killed_and_the_machine_fails() -> None:
    done = subprocess.run(
        [sys.executable, "scripts/chaos.py", "--kills", "20", "--clients", "3", "--fail-overs", "0"],
        cwd=ROOT, check=False, capture_output=True, text=True,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
