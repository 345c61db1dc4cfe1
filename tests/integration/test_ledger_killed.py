"""Writers and competing sealers are killed at any moment; every acknowledged event ends in exactly one leaf."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random  # noqa: TID251 - chance that can be repeated, nothing secret
from uuid import UUID

from flask import Flask
from sqlalchemy import select

from consent_service.kernel.clock import system_clock
from consent_service.kernel.db import table_of
from consent_service.kernel.uow import Actor
from consent_service.ledger.sealer import seal
from consent_service.ledger.tables import LedgerLeaf
from consent_service.ledger.verifying import verify
from consent_service.services import services
from tests.conftest import FULL
from tests.integration.conftest import MovableClock

ROOT = Path(__file__).resolve().parents[2]
ACTOR = Actor("command", "test")
KILLS = 400 if FULL else 40
_LEAVES = table_of(LedgerLeaf)


@contextmanager
def nursery(database_url: str, data_dir: Path) -> Iterator["subprocess.Popen[str]"]:
    environ = os.environ | {"DATA_DIR": str(data_dir), "DATABASE_URL": database_url, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.killed_ledger"],
        cwd=ROOT, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def test_after_many_kills_every_acknowledged_event_is_in_exactly_one_leaf_and_all_heads_hold(
    app: Flask, database_url: str, tmp_path: Path, clock: MovableClock
) -> None:
    chance = Random(7)  # noqa: S311 - repeatable on purpose
    kept: list[UUID] = []
    roles: dict[int, str] = {}
    sealed = signed = 0
    with nursery(database_url, tmp_path) as process:
        assert process.stdin
        assert process.stdout

        def start(role: str) -> None:
            print(role, file=process.stdin, flush=True)
            waiting.append(role)

        waiting: list[str] = []
        for role in ("writer", "writer", "sealer", "sealer"):
            start(role)
        kills, lines = 0, chance.randint(1, 30)
        for line in process.stdout:
            what, _, value = line.strip().partition(" ")
            if what == "born":
                roles[int(value)] = waiting.pop(0)
            kept += [UUID(value)] if what == "kept" else []
            sealed += int(value) if what == "sealed" else 0
            signed = int(value) if what == "signed" else signed
            lines -= 1
            if lines <= 0 and roles and not waiting:
                killed = chance.choice(sorted(roles))
                os.kill(killed, signal.SIGKILL)
                kills, lines = kills + 1, chance.randint(1, 30)
                if kills == KILLS:
                    break
                start(roles.pop(killed))

    clock.set(system_clock())  # that of those who were killed
    with app.app_context():
        with services().write(ACTOR) as uow:
            seal(uow, "test/ledger")
        with services().snapshot(ACTOR) as uow:
            verdict = verify(uow.session, uow.keys, services().settings.ledger_dir)
            leaves = list(uow.session.scalars(select(_LEAVES.c.event_id)))

    assert verdict.problems == []
    assert verdict.waiting == 0
    assert verdict.leaves == verdict.events == len(set(leaves))
    assert set(kept) <= set(leaves)
    assert verdict.heads > 1
    assert len(kept) > KILLS
    assert sealed > 0
    assert signed > 0
