"""``ledger verify``: every anchor is of a head that is there, and says of it what its party signed."""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from pathlib import Path

from sqlalchemy.orm import Session

from consent_service.kernel.errors import LedgerError
from consent_service.ledger.anchor_kinds import AnchorKind
from consent_service.ledger.anchors import Anchor, all_anchors, anchored_sizes, cosigned, told_id
from consent_service.ledger.cosignatures import find_cosignature, read_witness_key
from consent_service.ledger.exported import Exported, exported_in
from consent_service.ledger.stamp_files import exported_stamp
from consent_service.ledger.timestamps import Stampers, read_stamp
from consent_service.ledger.tree import find_head, last_head
from consent_service.ledger.verifying import Verdict


def verify_anchors(
    session: Session, folder: Path, trusted: Stampers | None, verdict: Verdict, exported: Exported | None = None
) -> None:
    """Note each anchor that does not hold.

    Time-stamps are held against the certificates of the settings, where there are some, and against the exported ones.
    ``exported``: what the folder held before the snapshot of the session began.
    """
    told = exported or exported_in(folder)
    try:
        for expected, anchor in enumerate(all_anchors(session), start=verdict.anchors + 1):
            verdict.anchors += 1
            if anchor.number != expected:
                verdict.note(f"anchor {expected}", "it is gone")
                break
            for what in _wrong_with(session, anchor, folder, trusted):
                verdict.note(f"anchor {anchor.epoch}/{anchor.tree_size} {anchor.kind}", what)
    except ValueError:
        verdict.note("anchors", "one holds what this service never stores")
        return
    for epoch, note in told.heads:
        for what in _gone(session, told.stamps[epoch], epoch, note):
            verdict.note(f"exported head {epoch}", what)


def _gone(session: Session, stamps: AbstractSet[int], epoch: int, note: str) -> Iterator[str]:
    """Say which anchors were exported and are not here."""
    stored = set(anchored_sizes(session, epoch, AnchorKind.TIMESTAMP))
    for size in sorted(stamps - stored):
        yield f"a time-stamp of {size} leaves was exported, and it is gone"
    head = last_head(session, epoch)
    text = note.partition("\n\n")[0]
    if (
        head
        and head.note.startswith(f"{text}\n")
        and not set(note.split("\n")) <= set(cosigned(session, epoch, head).note.split("\n"))
    ):
        yield "a witness has signed it, and the signature is gone"


def _wrong_with(session: Session, anchor: Anchor, folder: Path, trusted: Stampers | None) -> Iterator[str]:
    head = find_head(session, anchor.epoch, anchor.tree_size)
    if head is None:
        yield "the head that it is of is not there"
        return
    try:
        _check(anchor, head.note, folder, trusted)
    except LedgerError as error:
        yield error.detail


def _check(anchor: Anchor, note: str, folder: Path, trusted: Stampers | None) -> None:
    match anchor.kind:
        case AnchorKind.TIMESTAMP:
            if exported_stamp(folder, anchor) not in (None, anchor.token):
                raise LedgerError("It is not the time-stamp that was exported.")
            if read_stamp(anchor.token, note, trusted).by != anchor.party:
                raise LedgerError("It was made by another than it says.")
        case AnchorKind.COSIGNATURE:
            text = note.partition("\n\n")[0] + "\n"
            line = anchor.token.decode("utf-8", "replace")
            if find_cosignature(line, read_witness_key(anchor.party), text).line != line:
                raise LedgerError("It is more than the line of a witness.")
        case AnchorKind.REFUSAL:
            read_witness_key(anchor.party)
        case AnchorKind.WEBHOOK:
            if anchor.token != told_id(anchor.epoch, anchor.tree_size):
                raise LedgerError("It is of another message.")
