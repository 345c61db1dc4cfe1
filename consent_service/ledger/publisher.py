"""The publisher: signs the tree as it is committed, never before, and only where it goes on from what was told before.

The guard compares with the heads in a folder outside the database, and heeds what witnesses refused, so that a database
put back to an earlier day, or another one, is found before anything is signed.
"""

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy.orm import Session

from consent_service.kernel.db import insert_or_skip, table_of
from consent_service.kernel.errors import LedgerError
from consent_service.kernel.keys import Keyring
from consent_service.kernel.uow import UNBOUND, UnitOfWork
from consent_service.ledger.anchors import cosigned, refusal_of
from consent_service.ledger.cosignatures import read_witness_key
from consent_service.ledger.events import EventType
from consent_service.ledger.heads import Head, open_head, sign_head
from consent_service.ledger.opening_epochs import goes_on, told_head
from consent_service.ledger.sealer import lock_epoch, open_next
from consent_service.ledger.service import append, operator_stream
from consent_service.ledger.stamp_files import export_stamps
from consent_service.ledger.static_files import export_head, exported_heads
from consent_service.ledger.tables import LedgerHead
from consent_service.ledger.tree import (
    MERGE_DELAY,
    Epoch,
    SignedHead,
    all_epochs,
    current_epoch,
    find_epoch,
    head_key,
    last_head,
    root_of,
    signed_more_than_once,
    waiting_since,
)

_HEADS = table_of(LedgerHead)
FORKED = (
    "The ledger in the database is not the one whose head was told last: {what}. Nothing is signed. Put the newer "
    "database back; or, if it is lost, open a new epoch with the command ledger open-epoch, which is recorded."
)
NO_FOLDER = (
    "The folder {folder} holds no exported head, and heads were signed before: it was lost, emptied, or the setting "
    "LEDGER_DIR is mistyped. Nothing is signed. Put the folder back; or, if it is lost, say so on record with the "
    "command ledger adopt-folder."
)


def publish(uow: UnitOfWork, folder: Path) -> SignedHead | None:
    """Sign the committed tree, if it grew since the last head.  Returns the last head; None where there is none.

    Nothing is signed while an event waits that was promised to be in a head by now: a head tells that what is older
    was sealed before it, so that an event that claims an earlier time is found.

    Raises:
        LedgerError: The database is behind or beside what was exported; nothing was signed.
    """
    late = waiting_since(uow.session)  # before the size is read: what waited then may be sealed by then
    epoch = current_epoch(uow.session)
    guard(uow.session, uow.keys, epoch, folder)
    if epoch is None or epoch.size == 0:
        return None
    last = last_head(uow.session, epoch.epoch)
    if last and not exported_heads(folder):
        return last  # the first head is exported before another is signed, so that a lost folder shows
    if (last and last.tree_size == epoch.size) or (late and late < uow.now - MERGE_DELAY):
        return last
    head = Head(epoch.origin, epoch.size, _root(uow.session, epoch.epoch, epoch.size))
    made = SignedHead(epoch.size, sign_head(head, uow.keys.signer_of(epoch.signed_by).heads), uow.now)
    uow.session.execute(
        insert_or_skip(uow.session, _HEADS).values(
            epoch=epoch.epoch, tree_size=made.tree_size, note=made.note, signed_at=made.signed_at
        )
    )
    return made


def export(session: Session, keys: Keyring, folder: Path) -> int:
    """Write the last committed head with its tiles, and all time-stamps.  Returns how many files were written.

    Raises:
        LedgerError: The database is behind or beside what is in the folder.
    """
    epoch = current_epoch(session)
    guard(session, keys, epoch, folder)
    head = last_head(session, epoch.epoch) if epoch else None
    if epoch is None or head is None:
        return 0
    head = cosigned(session, epoch.epoch, head)
    there = dict(exported_heads(folder)).get(epoch.epoch)
    written = export_stamps(session, folder, all_epochs(session))
    if there == head.note:
        return written
    since = open_head(there, epoch.origin, head_key(keys, epoch)).size if there else 0
    return written + export_head(session, folder, epoch, head, since)


def open_epoch(uow: UnitOfWork, folder: Path, name: str) -> Epoch:
    """Open a new log where the database does not go on from the exported head; the act is its first leaf.

    Raises:
        LedgerError: The database does go on, so that no new log is needed; or the folder is of another installation.
    """
    last = current_epoch(uow.session)
    try:
        guard(uow.session, uow.keys, last, folder)
    except LedgerError:
        told, note = _told_last(uow.session, last, folder)
        return _open_next(uow, max(told, last.epoch if last else 0) + 1, name, note)
    raise LedgerError("The ledger goes on from the head that was exported last: no new epoch is needed.")


def adopt_folder(uow: UnitOfWork, folder: Path) -> list[tuple[Epoch, SignedHead]]:
    """Say on record that the folder of exports was lost; return the heads that it is to be filled with.

    Raises:
        LedgerError: The folder holds heads, so that nothing was lost; or nothing was ever signed.
    """
    lock_epoch(uow)
    heads = [(epoch, head) for epoch in all_epochs(uow.session) if (head := last_head(uow.session, epoch.epoch))]
    if exported_heads(folder) or not heads:
        raise LedgerError("The folder of exports is not lost: it holds heads, or nothing was ever signed.")
    epoch, head = heads[-1]
    facts = {"epoch": epoch.epoch, "head": head.note.partition("\n\n")[0] + "\n"}
    append(uow, EventType.LEDGER_FOLDER_ADOPTED, operator_stream(UNBOUND), facts)
    return heads


def follow_signer(uow: UnitOfWork, name: str) -> Epoch | None:
    """Open the log that the newest generation of the signing key signs, after the last head of the one before.

    Returns the log that is written now; None where something was sealed since its last head, which must be signed by
    the generation before.
    """
    last = lock_epoch(uow)
    if last is None or last.signed_by == uow.keys.signer.generation:
        return last
    head = last_head(uow.session, last.epoch)
    if head is None or head.tree_size != last.size:
        return None
    return _open_next(uow, last.epoch + 1, name, head.note)


def guard(
    session: Session,
    keys: Keyring,
    epoch: Epoch | None,
    folder: Path,
    heads: Sequence[tuple[int, str]] | None = None,
) -> None:
    """Refuse a database that does not hold what was exported last, or whose log a witness refused to go on with.

    ``heads``: those of the folder, where they were read before.

    Raises:
        LedgerError: It is behind, beside, or of another installation.
    """
    refused = refusal_of(session, epoch.epoch) if epoch else None
    if refused:
        witness = read_witness_key(refused.party)
        raise LedgerError(FORKED.format(what=f"the witness {witness.name} {refused.token.decode('utf-8', 'replace')}"))
    exported = exported_heads(folder) if heads is None else heads
    if not exported:
        if signed_more_than_once(session):
            raise LedgerError(NO_FOLDER.format(folder=folder))
        return
    number, note = exported[-1]
    known = find_epoch(session, number)
    if epoch is None or known is None:
        raise LedgerError(FORKED.format(what=f"it has no epoch {number}"))
    told = open_head(note, known.origin, head_key(keys, known))
    later = [one for one in all_epochs(session) if one.epoch > number]
    if later:
        if not goes_on(session, keys, known, later, told):
            raise LedgerError(FORKED.format(what=f"it has a later log, and no event opened it after log {number}"))
        return
    if told.size > known.size:
        raise LedgerError(FORKED.format(what=f"it has {known.size} leaves, and {told.size} were exported"))
    if told.size and _root(session, number, told.size) != told.root:
        raise LedgerError(FORKED.format(what=f"its first {told.size} leaves are others"))


def _open_next(uow: UnitOfWork, number: int, name: str, after: str) -> Epoch:
    epoch = Epoch(number, f"{name}/{number}", 0, after, uow.keys.signer.generation)
    open_next(uow, epoch, told_head(uow.keys, after))
    return epoch


def _told_last(session: Session, epoch: Epoch | None, folder: Path) -> tuple[int, str]:
    """Return the head that was told last, with its log: the exported one, or ours where a witness refuses and none is.

    Raises:
        LedgerError: The folder is lost, which has to be said first.
    """
    exported = exported_heads(folder)
    if exported:
        return exported[-1]
    head = last_head(session, epoch.epoch) if epoch and refusal_of(session, epoch.epoch) else None
    if epoch is None or head is None:
        raise LedgerError(NO_FOLDER.format(folder=folder))
    return epoch.epoch, head.note


def _root(session: Session, epoch: int, size: int) -> bytes:
    try:
        return root_of(session, epoch, size)
    except ValueError as error:
        raise LedgerError(f"The stored tree is damaged: {error}. Run ledger verify.") from error
