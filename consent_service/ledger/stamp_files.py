"""Time-stamps as files beside the heads, each with the note that it stamps, so that any program checks the two."""

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy.orm import Session

from consent_service.kernel.files import replace_file
from consent_service.ledger.anchor_kinds import AnchorKind
from consent_service.ledger.anchors import Anchor, anchored_sizes, anchors_of
from consent_service.ledger.tree import Epoch, find_head

FOLDER = "timestamps"
TOKEN, NOTE = ".tsr", ".note"


def export_stamps(session: Session, folder: Path, epochs: Sequence[Epoch]) -> int:
    """Write the time-stamps that a folder lacks.  Returns how many files were written."""
    written = 0
    for epoch in epochs:
        place, there = folder / str(epoch.epoch) / FOLDER, exported_sizes(folder, epoch.epoch)
        for size in anchored_sizes(session, epoch.epoch, AnchorKind.TIMESTAMP):
            head = find_head(session, epoch.epoch, size) if size not in there else None
            if head is not None:
                replace_file(place / f"{size}{NOTE}", head.note.encode())
                replace_file(place / f"{size}{TOKEN}", _stamp_of(session, epoch.epoch, size).token)
                written += 2
    return written


def exported_sizes(folder: Path, epoch: int) -> set[int]:
    """Return the sizes of the heads of a log whose time-stamps a folder has."""
    stems = [file.stem for file in (folder / str(epoch) / FOLDER).glob(f"*{TOKEN}")]
    return {int(stem) for stem in stems if stem.isascii() and stem.isdigit()}


def exported_stamp(folder: Path, stamp: Anchor) -> bytes | None:
    """Return a time-stamp as a folder has it; None where it does not."""
    place = folder / str(stamp.epoch) / FOLDER / f"{stamp.tree_size}{TOKEN}"
    return place.read_bytes() if place.is_file() else None


def _stamp_of(session: Session, epoch: int, size: int) -> Anchor:
    return next(one for one in anchors_of(session, epoch, size) if one.kind is AnchorKind.TIMESTAMP)
