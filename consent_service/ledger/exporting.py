"""The export that an inspector takes away: logs with their heads and tiles, and the events that open their leaves.

The format is described in ``docs/verify-ledger.md``; ``clients/verifier`` checks it without this program.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from consent_service.kernel.db import table_of, write_instant
from consent_service.kernel.files import replace_file
from consent_service.kernel.uow import UNBOUND, UnitOfWork
from consent_service.ledger.anchors import cosigned, cosigned_heads
from consent_service.ledger.stamp_files import export_stamps
from consent_service.ledger.static_files import export_head
from consent_service.ledger.tables import LedgerEvent, LedgerLeaf
from consent_service.ledger.tree import Epoch, all_epochs, heads_of, last_head, log_key

FORMAT = "kelisim-ledger-export/1"
_EVENTS, _LEAVES = table_of(LedgerEvent), table_of(LedgerLeaf)
_PART = 1000

Progress = Callable[[int], None]


def export_all(uow: UnitOfWork, folder: Path, progress: Progress = lambda _count: None) -> int:
    """Write the logs and the events of the operator (of all when the unit of work is unbound) to an empty folder.

    Returns how many events were written.  Events that no head covers yet are left for the next export.
    """
    sizes = {}
    described = []
    for epoch in all_epochs(uow.session):
        head = last_head(uow.session, epoch.epoch)
        if head is None:
            continue
        sizes[epoch.epoch] = head.tree_size
        export_head(uow.session, folder, epoch, cosigned(uow.session, epoch.epoch, head))
        replace_file(folder / str(epoch.epoch) / "heads.jsonl", b"".join(_heads(uow.session, epoch)))
        key = log_key(uow.keys, epoch)
        described.append({"epoch": epoch.epoch, "origin": epoch.origin, "verifier_key": key, "follows": epoch.follows})
    export_stamps(uow.session, folder, all_epochs(uow.session))
    written = 0
    with (folder / "events.jsonl").open("wb") as file:
        for line in _events(uow, sizes):
            file.write(line)
            written += 1
            if written % _PART == 0:
                progress(written)
    about = {"format": FORMAT, "made_at": write_instant(uow.now), "operator": uow.operator_id, "logs": described}
    replace_file(folder / "export.json", orjson.dumps(about, option=orjson.OPT_INDENT_2))
    return written


def _heads(session: Session, epoch: Epoch) -> Iterator[bytes]:
    for head in cosigned_heads(session, epoch.epoch, heads_of(session, epoch.epoch)):
        yield orjson.dumps(head.note, option=orjson.OPT_APPEND_NEWLINE)


def _events(uow: UnitOfWork, sizes: dict[int, int]) -> Iterator[bytes]:
    chosen = (
        select(_LEAVES.c.epoch, _LEAVES.c.leaf_index, _EVENTS.c.body, _EVENTS.c.salt)
        .join_from(
            _LEAVES,
            _EVENTS,
            (_EVENTS.c.operator_id == _LEAVES.c.operator_id) & (_EVENTS.c.id == _LEAVES.c.event_id),
        )
        .order_by(_LEAVES.c.epoch, _LEAVES.c.leaf_index)
    )
    if uow.operator_id != UNBOUND:
        chosen = chosen.where(_LEAVES.c.operator_id == uow.operator_id)
    rows = uow.session.execute(chosen, execution_options={"yield_per": _PART})
    for row in rows:
        if row.leaf_index < sizes.get(row.epoch, 0):
            event = {
                "epoch": row.epoch,
                "index": row.leaf_index,
                "body": row.body.decode() if row.body else None,
                "salt": row.salt.hex() if row.salt else None,
            }
            yield orjson.dumps(event, option=orjson.OPT_APPEND_NEWLINE)
