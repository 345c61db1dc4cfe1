"""How logs follow each other: the first leaf of a later log is the event that opened it, and names the head before."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from consent_service.kernel.db import table_of
from consent_service.kernel.errors import ConsentServiceError, LedgerError
from consent_service.kernel.keys import Keyring
from consent_service.ledger.events import EventType
from consent_service.ledger.heads import Head, open_head
from consent_service.ledger.opening import open_event
from consent_service.ledger.service import instant
from consent_service.ledger.stored import as_stored
from consent_service.ledger.tables import LedgerEpoch, LedgerEvent, LedgerLeaf
from consent_service.ledger.tree import Epoch, head_key, root_of

_EVENTS, _LEAVES, _EPOCHS = table_of(LedgerEvent), table_of(LedgerLeaf), table_of(LedgerEpoch)
_UNREAD = (ValueError, TypeError, AttributeError, LookupError, ConsentServiceError)


@dataclass(frozen=True, slots=True)
class Opening:
    """What the first leaf of a log says: when it was opened, and the origin, size and root of the head before it."""

    at: str
    head: Head


def told_head(keys: Keyring, note: str) -> Head:
    """Read a head of this installation, whichever generation signed it.

    Raises:
        LedgerError: No key of ours signed it.
    """
    for signer in keys.public_signers():
        with suppress(LedgerError):
            return open_head(note, note.partition("\n")[0], signer.heads)
    raise LedgerError("The head that was exported last is not of this installation, or was altered.")


def opening_of(session: Session, epoch: int) -> Opening | None:
    """Return what the first leaf of a log says of its opening; None where it is no such event."""
    row = session.execute(
        select(*as_stored(_EVENTS.c.body, _EVENTS.c.salt, _EVENTS.c.leaf_input))
        .join_from(
            _LEAVES,
            _EVENTS,
            (_EVENTS.c.operator_id == _LEAVES.c.operator_id)
            & (_EVENTS.c.id == _LEAVES.c.event_id)
            & (_EVENTS.c.leaf_input == _LEAVES.c.leaf_input),
        )
        .where(_LEAVES.c.epoch == epoch, _LEAVES.c.leaf_index == 0)
    ).first()
    body = open_event(row) if row else None
    if body is None or body.get("kind") != EventType.LEDGER_EPOCH_OPENED:
        return None
    facts = body["facts"]
    with suppress(*_UNREAD):
        if facts["epoch"] == epoch:
            return Opening(body["at"], Head(facts["origin"], int(facts["size"]), bytes.fromhex(facts["root"])))
    return None


def goes_on(session: Session, keys: Keyring, known: Epoch, later: list[Epoch], told: Head) -> bool:
    """Say whether later logs were opened on record, the first of them after a head that holds what was told."""
    for epoch in later:
        opening = opening_of(session, epoch.epoch)
        if opening is None or epoch.follows is None or told_head(keys, epoch.follows) != opening.head:
            return False
    heads = [told_head(keys, epoch.follows) for epoch in later if epoch.follows]
    after = [head for head in heads if head.origin == known.origin]
    return any(
        head == told or (head.size > told.size and root_of(session, known.epoch, told.size) == told.root)
        for head in after
    )


def wrong_with_openings(session: Session, keys: Keyring, epochs: list[Epoch]) -> Iterator[tuple[str, str]]:
    """Yield each log whose opening is not on record as it should be: its place, and what is wrong."""
    by_origin = {epoch.origin: epoch for epoch in epochs}
    opened_at = {row.epoch: row.opened_at for row in session.execute(select(*as_stored(*_EPOCHS.c)))}
    for epoch in epochs[1:]:
        place = f"epoch {epoch.epoch}"
        try:
            opening = opening_of(session, epoch.epoch)
            if opening is None:
                yield place, "its first leaf is not the event that opened it"
                continue
            if instant(opened_at[epoch.epoch]) != opening.at:
                yield place, "it was opened at another time than its first leaf says"
            before = by_origin.get(opening.head.origin)
            follows = epoch.follows or ""
            head = open_head(follows, before.origin, head_key(keys, before)) if before else told_head(keys, follows)
            if head != opening.head:
                yield place, "it does not follow the head that its first leaf names"
            elif before and before.epoch >= epoch.epoch:
                yield place, "it follows a log that is not before it"
        except _UNREAD:
            yield place, "the head that it follows cannot be read, or the key of its log did not sign it"
    for epoch in epochs[:1]:
        if epoch.follows is not None and opening_of(session, epoch.epoch) is None:
            yield f"epoch {epoch.epoch}", "it follows a head, and its first leaf does not say so"


def losses(session: Session, epochs: list[Epoch]) -> Iterator[str]:
    """Yield in words what was lost where a log follows a head that the log before it does not hold."""
    by_origin = {epoch.origin: epoch for epoch in epochs}
    for epoch in epochs[1:]:
        opening = opening_of(session, epoch.epoch)
        if opening is None:
            continue
        head, before = opening.head, by_origin.get(opening.head.origin)
        held = before.size if before else 0
        if head.size > held:
            yield (
                f"Log {epoch.epoch} was opened {opening.at} after a database was put back: {head.size - held} leaves "
                f"of {head.origin} are lost, from number {held} on."
            )
        elif before and not _holds(session, before, head):
            yield (
                f"Log {epoch.epoch} was opened {opening.at} after a database was put back: the {head.size} leaves of "
                f"{head.origin} that were told are not those that are kept."
            )


def _holds(session: Session, epoch: Epoch, head: Head) -> bool:
    try:
        return root_of(session, epoch.epoch, head.size) == head.root
    except _UNREAD:
        return False
