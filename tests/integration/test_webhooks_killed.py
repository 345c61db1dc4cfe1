"""Workers that deliver are killed at any moment: no event is lost, and one that comes twice comes under one id."""

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random  # noqa: TID251 - chance that can be repeated, nothing secret

from consent_service.kernel.clock import system_clock
from tests.conftest import FULL
from tests.factories import consent
from tests.hooks import LABORATORY, House, hook, house_on
from tests.integration.conftest import MovableClock, client_of

ROOT = Path(__file__).resolve().parents[2]
PEOPLE = 500 if FULL else 15
LEFT = "SELECT count(*) FROM webhook_deliveries WHERE state <> 'delivered'"


@contextmanager
def nursery(database_url: str, data_dir: Path) -> Iterator["subprocess.Popen[str]"]:
    environ = os.environ | LABORATORY | {"DATA_DIR": str(data_dir), "DATABASE_URL": database_url}
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.killed_webhooks"],
        cwd=ROOT, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def kill_until_all_is_delivered(house: House, process: "subprocess.Popen[str]") -> int:
    """Let one worker after another live for a while; every second one dies between an answer and its settlement."""
    assert process.stdin
    assert process.stdout
    chance = Random(7)  # noqa: S311 - repeatable on purpose
    kills = worker = lines = 0
    print("worker", file=process.stdin, flush=True)
    for line in process.stdout:
        what, _, value = line.strip().partition(" ")
        if what == "born":
            worker, lines = int(value), chance.randint(1, 40)
        if what == "idle" and house.rows(LEFT) == [(0,)]:
            break
        lines -= 1
        if worker and lines <= 0 and (kills % 2 == 0 or what in {"sent", "idle"}):
            os.kill(worker, signal.SIGKILL)
            kills, worker = kills + 1, 0
            print("worker", file=process.stdin, flush=True)
    return kills


def test_nothing_is_lost_and_only_what_was_under_way_comes_twice(database_url: str, tmp_path: Path) -> None:
    clock = MovableClock()
    clock.set(system_clock())
    with hook() as receiver, house_on(database_url, tmp_path, clock, client_of) as house:
        house.subscribe(receiver.url, "consent.given", "permission.changed")
        for number in range(PEOPLE):
            assert house.api.post("/consents", consent(subject={"ref": f"p-{number}"})).status_code == 201
        written = {str(row[0]).replace("-", "") for row in house.rows("SELECT id FROM webhook_deliveries")}
        with nursery(database_url, tmp_path) as process:
            kills = kill_until_all_is_delivered(house, process)
        tries = house.rows("SELECT count(*) FROM webhook_attempts")[0][0]

    came = Counter(receiver.ids)
    assert len(written) == 2 * PEOPLE
    assert {one.replace("-", "") for one in came} == written
    assert len({(headers["webhook-id"], body) for headers, body in receiver.received}) == len(written)
    assert kills > 5
    assert 0 < came.total() - len(came) <= kills  # at most what each of them was about
    assert came.total() <= tries <= len(written) + kills
