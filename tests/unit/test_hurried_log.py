"""A log in a hurry gives up on a slow disk, and is patient in the end with one that is always slow."""

from collections.abc import Callable
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

import pytest

from consent_service.erasure.hurried_log import DiskSlowError, HurriedLog
from consent_service.erasure.log import START, ErasureLog, Mark
from consent_service.kernel.keys import new_keyring

KEYS = new_keyring()


class _Answer(Future[Mark]):
    """What a disk answers after so many seconds, none of which pass; ``late``: what it has answered right after them."""

    def __init__(self, disk: "Disk") -> None:
        super().__init__()
        self._disk = disk

    def result(self, timeout: float | None = None) -> Mark:
        if timeout is None:
            return START
        self._disk.waited.append(timeout)
        late = self._disk.late
        if isinstance(late, TimeoutError):
            self.set_exception(late)
            raise late
        if timeout < self._disk.takes:
            if late is not None:
                self.set_result(late)
            raise TimeoutError
        return START


class Disk(Executor):
    """A disk that takes so many seconds."""

    def __init__(self, takes: float) -> None:
        self.takes, self.waited = takes, list[float]()
        self.now = 0.0
        self.late: Mark | TimeoutError | None = None

    def submit(self, _do: Callable[..., Any], /, *_given: Any, **_more: Any) -> Any:  # Any: as Executor has them
        return _Answer(self)


def test_each_time_in_a_row_it_waits_twice_as_long_until_the_disk_has_answered() -> None:
    disk = Disk(takes=0.5)
    log = HurriedLog(ErasureLog(Path()), disk, lambda: disk.now)
    for _ in range(3):
        with pytest.raises(DiskSlowError):
            log.write(KEYS, [])
        log.wait()

    assert log.write(KEYS, []) == START
    assert disk.waited == pytest.approx([0.08, 0.16, 0.32, 0.64])

    disk.takes = 0.01
    log.write(KEYS, [])
    log.write(KEYS, [])
    assert disk.waited[4:] == pytest.approx([0.08, 0.08])


def test_it_waits_for_what_the_work_under_the_locks_has_left_of_the_moment() -> None:
    disk = Disk(takes=0)
    log = HurriedLog(ErasureLog(Path()), disk, lambda: disk.now)
    for worked in (0.0, 0.05, 0.5):
        log.locking()
        disk.now += worked
        log.write(KEYS, [])

    assert disk.waited == pytest.approx([0.08, 0.03, 0.01])


def test_a_disk_that_answers_just_after_the_moment_is_a_slow_one_and_an_error_of_the_system_is_an_error() -> None:
    disk = Disk(takes=0.1)
    disk.late = START
    with pytest.raises(DiskSlowError):
        HurriedLog(ErasureLog(Path()), disk, lambda: disk.now).write(KEYS, [])

    disk.late = TimeoutError("the network file system does not answer")
    with pytest.raises(TimeoutError):
        HurriedLog(ErasureLog(Path()), disk, lambda: disk.now).write(KEYS, [])
