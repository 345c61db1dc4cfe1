"""What a folder of exports holds at one instant, for holding a database against it while others go on writing.

Whatever lies there was committed before: what is read before a snapshot of the database begins is never ahead of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from consent_service.ledger.stamp_files import exported_sizes
from consent_service.ledger.static_files import exported_heads


@dataclass(frozen=True, slots=True)
class Exported:
    """The last head of each log, and of which sizes there are time-stamps, by the number of the log."""

    heads: Sequence[tuple[int, str]]
    stamps: Mapping[int, frozenset[int]]


def exported_in(folder: Path) -> Exported:
    """Read what a folder holds now."""
    heads = exported_heads(folder)
    return Exported(heads, {epoch: frozenset(exported_sizes(folder, epoch)) for epoch, _ in heads})
