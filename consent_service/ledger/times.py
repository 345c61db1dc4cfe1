"""Times along the leaves: none may claim an earlier time than what was under a head before it.

An event is sealed within the delay that is promised, and a head is signed only when nothing older waits.  So a leaf
that is not under a head says a time at the earliest one delay before the latest leaf under that head.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from consent_service.ledger.tree import MERGE_DELAY

_EARLIEST = datetime.min.replace(tzinfo=UTC) + MERGE_DELAY


class Times:
    """What is known of the times in one log and those before it, leaf by leaf."""

    def __init__(self) -> None:
        self.covered = self.latest = self._signed = _EARLIEST
        self._heads: list[tuple[int, object]] = []

    def begin(self, heads: Sequence[tuple[int, object]]) -> None:
        """Begin a log with these heads: size and instant, the smallest first."""
        self._heads = list(reversed(heads))

    def reach(self, index: int) -> Iterator[tuple[int, str]]:
        """Pass the heads that end before an index; yield each whose time does not fit, by its size."""
        while self._heads and self._heads[-1][0] <= index:
            size, signed_at = self._heads.pop()
            self.covered = self.latest
            if not isinstance(signed_at, datetime):
                yield size, "when it was signed cannot be read"
                continue
            if signed_at < self.latest - MERGE_DELAY:
                yield size, "it says an earlier time than the leaves under it"
            if signed_at < self._signed:
                yield size, "it says an earlier time than the head before it"
            self._signed = max(self._signed, signed_at)

    def is_back_dated(self, at: datetime) -> bool:
        """Take the time of the next leaf; say whether it is earlier than what was under a head before it."""
        self.latest = max(self.latest, at)
        return at < max(self.covered, self._signed) - MERGE_DELAY
