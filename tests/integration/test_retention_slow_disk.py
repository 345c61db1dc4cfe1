"""A sweep on a disk that stops to answer for a while: nobody waits for its locks, and everybody goes once all the same."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import BinaryIO

import pytest
from flask import Flask

from consent_service.erasure import log as erasure_log
from consent_service.erasure.restores import check_not_put_back
from consent_service.services import services
from tests.integration.conftest import ACTOR, Api, MovableClock
from tests.integration.test_retention_races import assert_each_went_once, due, sweeper
from tests.office import bound

Client = Callable[[str], Api]
PEOPLE = 5


@dataclass
class Disk:
    """A disk that does not answer until it is told to."""

    asked: threading.Event = field(default_factory=threading.Event)
    answers: threading.Event = field(default_factory=threading.Event)
    times: int = 0

    def through(self, file: BinaryIO) -> None:
        self.times += 1
        file.flush()
        self.asked.set()
        assert self.answers.wait(30)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Disk]:
    disk = Disk()
    monkeypatch.setattr(erasure_log, "_through", disk.through)
    yield disk
    disk.answers.set()


@contextmanager
def sweeping(app: Flask) -> Iterator[list[tuple[int, int]]]:
    """Begin a run and carry it out in a thread."""
    done: list[tuple[int, int]] = []

    def carry_on() -> None:
        with app.app_context():
            mine = sweeper(app)
            done.extend(mine.carry_on(run) for run in mine.open_runs())

    with app.app_context():
        assert sweeper(app).begin() is not None
    worker = threading.Thread(target=carry_on)
    worker.start()
    yield done
    worker.join()


def test_who_is_about_to_go_can_be_written_to_while_the_disk_says_nothing(
    api: Client, app: Flask, clock: MovableClock, disk: Disk
) -> None:
    due(api("uof"), PEOPLE)
    clock.move(minutes=1)

    with sweeping(app) as done:
        assert disk.asked.wait(30)
        said = api("uof").post("/subjects/p-1/ended", {"what": "purpose", "document": "personal-data-agreement"})
        disk.answers.set()

    assert said.status_code == 200
    assert done == [(PEOPLE, 0)]
    assert disk.times == 2  # the try that was given up, and the one that was committed
    assert_each_went_once(app, PEOPLE)
    with app.app_context(), services().read(ACTOR) as unbound:
        check_not_put_back(bound(unbound), services().erasure_log, services().settings.ledger_dir)
