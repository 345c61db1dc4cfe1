"""How much is done in one transaction, so that nobody waits for its locks for long, on a fast machine or a slow one."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

WANTED = 0.03  # seconds; a tenth of a second is never to be passed, on a machine that has much else to do neither
LEAST, MOST = 20, 1000


class Pace:
    """The size of the next part, from how long the last one held its locks."""

    def __init__(self, size: int = 100) -> None:
        self.size = max(LEAST, min(MOST, size))
        self._locked_at = 0.0

    @contextmanager
    def timed(self) -> Iterator[int]:
        """Yield the size of one part and learn from how long it takes, from the first lock where that is told."""
        self.locking()
        size = self.size
        yield size
        took = max(monotonic() - self._locked_at, 0.001)
        # Half the way at once, so that one slow commit does not make all that follow small.
        self.size = max(LEAST, min(MOST, round((size + min(size * WANTED / took, 2 * size)) / 2)))

    def locking(self) -> None:
        """Note that the first lock is taken only now."""
        self._locked_at = monotonic()
