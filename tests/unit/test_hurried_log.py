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
    """What a disk answers after so many seconds, none of which pass."""

    def __init__(self, takes: float, waited: list[float]) -> None:
        super().__init__()
        self._takes, self._waited = takes, waited

    def result(self, timeout: float | None = None) -> Mark:
        if timeout is None:
            return START
        self._waited.append(timeout)
        if timeout < self._takes:
            raise TimeoutError
        return START


class Disk(Executor):
    """A disk that takes so many seconds."""

    def __init__(self, takes: float) -> None:
        self.takes, self.waited = takes, list[float]()

    def submit(self, _do: Callable[..., Any], /, *_given: Any, **_more: Any) -> Any:  # Any: as Executor has them
        return _Answer(self.takes, self.waited)


def test_each_time_in_a_row_it_waits_twice_as_long_until_the_disk_has_answered() -> None:
    disk = Disk(takes=0.3)
    log = HurriedLog(ErasureLog(Path()), disk, 0.04)
    for _ in range(3):
        with pytest.raises(DiskSlowError):
            log.write(KEYS, [])
        log.wait()

    assert log.write(KEYS, []) == START
    assert disk.waited == [0.04, 0.08, 0.16, 0.32]

    disk.takes = 0.01
    log.write(KEYS, [])
    log.write(KEYS, [])
    assert disk.waited[4:] == [0.04, 0.04]
