"""The trial of `make chaos`, with few kills."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import FULL

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.postgresql


@pytest.mark.skipif(not FULL, reason="processes are killed for minutes: that is for make test-all")
def test_nothing_acknowledged_is_lost_and_nothing_is_doubled_while_processes_are_killed() -> None:
    done = subprocess.run(
        [sys.executable, "scripts/chaos.py", "--kills", "20", "--clients", "3"],
        cwd=ROOT, check=False, capture_output=True, text=True,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
