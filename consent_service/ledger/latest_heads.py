"""Signed heads, the latest first, each with what others said of it, page by page."""

import base64
import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, literal, select, tuple_
from sqlalchemy.orm import Session

from consent_service.kernel.db import table_of
from consent_service.kernel.errors import InvalidInputError
from consent_service.ledger.anchor_kinds import AnchorKind
from consent_service.ledger.tables import LedgerAnchor, LedgerHead

_HEADS, _ANCHORS = table_of(LedgerHead), table_of(LedgerAnchor)
_CURSOR = re.compile(r"([0-9]{1,9})-([0-9]{1,18})", re.ASCII)
_WITNESSES = frozenset({AnchorKind.COSIGNATURE, AnchorKind.REFUSAL})
Place = tuple[int, int]  # the number of a log, and a size


@dataclass(frozen=True, slots=True)
class Holder:
    """Who said what of a head, and when; of a witness the name alone, without its key."""

    kind: AnchorKind
    party: str
    at: datetime


@dataclass(frozen=True, slots=True)
class HeadView:
    """A head as shown; ``root`` in hexadecimal is empty where the stored note is none."""

    epoch: int
    tree_size: int
    signed_at: datetime
    root: str
    holders: Sequence[Holder]


def latest_heads(session: Session, *, limit: int, cursor: str | None) -> tuple[list[HeadView], str | None]:
    """Return a page of the heads of all logs, and the cursor of the next; None on the last.

    Raises:
        InvalidInputError: The cursor is not one of ours.
    """
    place = tuple_(_HEADS.c.epoch, _HEADS.c.tree_size)
    query = select(_HEADS)
    if cursor is not None:
        query = query.where(place < tuple_(*(literal(part, BigInteger()) for part in _read(cursor))))
    rows = session.execute(query.order_by(_HEADS.c.epoch.desc(), _HEADS.c.tree_size.desc()).limit(limit + 1)).all()
    page = rows[:limit]
    holders = _holders(session, [(row.epoch, row.tree_size) for row in page])
    heads = [
        HeadView(row.epoch, row.tree_size, row.signed_at, _root(row.note), holders.get((row.epoch, row.tree_size), []))
        for row in page
    ]
    return heads, f"{page[-1].epoch}-{page[-1].tree_size}" if len(rows) > limit else None


def _read(cursor: str) -> Place:
    found = _CURSOR.fullmatch(cursor)
    if not found:
        raise InvalidInputError.of("cursor", "Send the next_cursor of the page before, unchanged.")
    return int(found[1]), int(found[2])


def _holders(session: Session, places: Collection[Place]) -> Mapping[Place, list[Holder]]:
    found: dict[Place, list[Holder]] = defaultdict(list)
    if places:
        place = tuple_(_ANCHORS.c.epoch, _ANCHORS.c.tree_size)
        for row in session.execute(select(_ANCHORS).where(place.in_(places)).order_by(_ANCHORS.c.number)):
            party = row.party.partition("+")[0] if row.kind in _WITNESSES else row.party
            found[row.epoch, row.tree_size].append(Holder(row.kind, party, row.created_at))
    return found


def _root(note: str) -> str:
    """Return the root that a note names, which need not be one where somebody altered it."""
    lines = note.split("\n")
    try:
        return base64.b64decode(lines[2], validate=True).hex()
    except (ValueError, LookupError):
        return ""
