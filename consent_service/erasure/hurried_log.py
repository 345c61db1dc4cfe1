"""The log of erasures for a transaction whose locks others may wait for: it gives up on a disk that is slow to answer.

A disk that writes much at once, at a checkpoint say, answers in a hundredth of its usual pace for a moment.  What was
begun then is given up, its locks are free, and it is done again once the disk has answered: the line that is in the log
by then is that of a try which was not committed.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from time import monotonic

from consent_service.erasure.log import ErasureLog, Gone, Mark
from consent_service.kernel.keys import Keyring

WITHIN, LEAST = 0.08, 0.01  # seconds: since the first lock, and at least


class DiskSlowError(Exception):
    """The disk did not answer in time: free what is locked, then ``wait``."""


@contextmanager
def hurried(log: ErasureLog) -> Iterator["HurriedLog"]:
    """Yield a log that waits for the disk for a moment only; in the end it waits for what it was given last."""
    with ThreadPoolExecutor(1, thread_name_prefix="erasure-log") as pool:
        yield HurriedLog(log, pool, monotonic)


class HurriedLog:
    """See ``hurried``.  Each time in a row that it gives up, it waits twice as long the next time."""

    def __init__(self, log: ErasureLog, pool: Executor, seconds: Callable[[], float]) -> None:
        self._log, self._pool, self._seconds = log, pool, seconds
        self._locked_at, self._times = 0.0, 1
        self._late: Future[Mark] | None = None

    def locking(self) -> None:
        """Note that the first row is about to be locked."""
        self._locked_at = self._seconds()

    def write(self, keys: Keyring, erased: Sequence[Gone]) -> Mark:
        """Write down what a transaction is about to commit, through to the disk.

        Raises:
            DiskSlowError: It is not on the disk yet, and must be taken for a try that failed.
            ErasureLogError: The log is not as it was left; nothing was written.
        """
        coming = self._pool.submit(self._log.write, keys, erased)
        try:
            mark = coming.result(self._times * max(LEAST, WITHIN - (self._seconds() - self._locked_at)))
        except TimeoutError as error:
            if coming.done() and coming.exception() is error:  # the system itself said so
                raise
            self._late, self._times = coming, 2 * self._times
            raise DiskSlowError from error
        self._times = 1
        return mark

    def tell(self, mark: Mark) -> None:
        """Note how far the log has come."""
        self._log.tell(mark)

    def wait(self) -> None:
        """Wait for what was given up, while nothing is locked.

        Raises:
            OSError, ErasureLogError: It could not be written.
        """
        late, self._late = self._late, None
        if late is not None:
            late.result()
