"""Anchors: what others said of our heads, as it is stored, and the heads with the lines of their witnesses."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from consent_service.kernel.db import table_of
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.anchor_kinds import AnchorKind
from consent_service.ledger.tables import LedgerAnchor, LedgerHead
from consent_service.ledger.tree import SignedHead, current_epoch

_ANCHORS, _HEADS = table_of(LedgerAnchor), table_of(LedgerHead)


@dataclass(frozen=True, slots=True)
class Anchor:
    """What a party said of a head."""

    number: int
    epoch: int
    tree_size: int
    kind: AnchorKind
    party: str
    token: bytes
    created_at: datetime


_ANCHOR = [_ANCHORS.c[name] for name in Anchor.__dataclass_fields__]


def record_anchor(uow: UnitOfWork, epoch: int, tree_size: int, kind: AnchorKind, party: str, token: bytes) -> None:
    """Store what a party said of a head; what it said first is kept."""
    current_epoch(uow.session, lock=True)  # one writer at a time, so that the numbers have no gap
    known = select(_ANCHORS.c.number).where(
        _ANCHORS.c.epoch == epoch,
        _ANCHORS.c.tree_size == tree_size,
        _ANCHORS.c.kind == kind,
        _ANCHORS.c.party == party,
    )
    if uow.session.scalar(known) is not None:
        return
    last = uow.session.scalar(select(func.max(_ANCHORS.c.number))) or 0
    row = {"epoch": epoch, "tree_size": tree_size, "kind": kind, "party": party, "token": token}
    uow.session.execute(insert(_ANCHORS).values(number=last + 1, created_at=uow.now, **row))


def told_id(epoch: int, tree_size: int) -> bytes:
    """Return the id of the message that tells a host of a head: the same at every try."""
    return f"head_{epoch}_{tree_size}".encode()


def anchors_of(session: Session, epoch: int, tree_size: int) -> list[Anchor]:
    """Return what was said of one head, in a fixed order."""
    rows = session.execute(
        select(*_ANCHOR)
        .where(_ANCHORS.c.epoch == epoch, _ANCHORS.c.tree_size == tree_size)
        .order_by(_ANCHORS.c.kind, _ANCHORS.c.party)
    )
    return [Anchor(*row) for row in rows]


def all_anchors(session: Session) -> Iterator[Anchor]:
    """Yield every anchor in the order in which they were stored."""
    chosen = select(*_ANCHOR).order_by(_ANCHORS.c.number)
    return (Anchor(*row) for row in session.execute(chosen, execution_options={"yield_per": 100}))


def anchored_sizes(session: Session, epoch: int, kind: AnchorKind) -> list[int]:
    """Return the sizes of the heads of a log that were anchored so."""
    sizes = select(_ANCHORS.c.tree_size).where(_ANCHORS.c.epoch == epoch, _ANCHORS.c.kind == kind).distinct()
    return list(session.scalars(sizes.order_by(_ANCHORS.c.tree_size)))


def refusal_of(session: Session, epoch: int) -> Anchor | None:
    """Return the first refusal of a witness to go on with a log; its token says in words what the witness has seen."""
    refused = (_ANCHORS.c.epoch == epoch, _ANCHORS.c.kind == AnchorKind.REFUSAL)
    row = session.execute(select(*_ANCHOR).where(*refused).order_by(_ANCHORS.c.created_at).limit(1)).first()
    return Anchor(*row) if row else None


def last_anchored(session: Session, epoch: int, kind: AnchorKind, party: str | None = None) -> int:
    """Return the size of the largest head that was anchored so, by a party or by any; 0 where none was."""
    chosen = select(func.max(_ANCHORS.c.tree_size)).where(_ANCHORS.c.epoch == epoch, _ANCHORS.c.kind == kind)
    if party is not None:
        chosen = chosen.where(_ANCHORS.c.party == party)
    return session.scalar(chosen) or 0


def waits_since(session: Session, epoch: int, kind: AnchorKind, party: str | None = None) -> datetime | None:
    """Return when the first head was signed that comes after all that were anchored so; None where none waits."""
    anchored = last_anchored(session, epoch, kind, party)
    since: datetime | None = session.scalar(
        select(func.min(_HEADS.c.signed_at)).where(_HEADS.c.epoch == epoch, _HEADS.c.tree_size > anchored)
    )
    return since


def cosigned(session: Session, epoch: int, head: SignedHead) -> SignedHead:
    """Return a head with the lines of its witnesses below our own."""
    return _with_lines(head, _lines_of(session, epoch, head.tree_size).get(head.tree_size, []))


def cosigned_heads(session: Session, epoch: int, heads: Iterator[SignedHead]) -> Iterator[SignedHead]:
    """Yield heads of one log with the lines of their witnesses."""
    lines = _lines_of(session, epoch)
    return (_with_lines(head, lines.get(head.tree_size, [])) for head in heads)


def _lines_of(session: Session, epoch: int, size: int | None = None) -> Mapping[int, list[bytes]]:
    chosen = select(_ANCHORS.c.tree_size, _ANCHORS.c.token).where(
        _ANCHORS.c.epoch == epoch, _ANCHORS.c.kind == AnchorKind.COSIGNATURE
    )
    if size is not None:
        chosen = chosen.where(_ANCHORS.c.tree_size == size)
    found: dict[int, list[bytes]] = defaultdict(list)
    for tree_size, token in session.execute(chosen.order_by(_ANCHORS.c.party)):
        found[tree_size].append(token)
    return found


def _with_lines(head: SignedHead, lines: list[bytes]) -> SignedHead:
    return replace(head, note=head.note + "".join(f"{line.decode('utf-8', 'replace')}\n" for line in lines))
