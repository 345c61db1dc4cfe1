"""Events as appended, and the Merkle tree over them.

Triggers refuse UPDATE and DELETE of events, except that the opening of an expired one may go; they refuse any change of
leaves, heads and anchors, and let tiles and sizes only grow.  A trigger also queues each event as it is appended, so
that none can be left out; the queue belongs to the sealer.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKeyConstraint, Index, Integer, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from consent_service.kernel.db import Base, StateType
from consent_service.ledger.anchor_kinds import AnchorKind
from consent_service.ledger.events import EventType

_BY_STAFF = text("staff_id IS NOT NULL")


class LedgerEvent(Base):
    """One event of consequence, with the commitment that proves it later.

    ``stream`` is the pseudonym of a person, the id of a case or order, or the operator itself; ``stream_seq`` runs
    without gaps in a stream and ``prev`` is the leaf input of the event before, so that an omission shows.  ``body``
    and ``salt`` are null once the evidence term is over.  ``staff_id`` is who of the staff did it, as the body says.
    """

    __tablename__ = "ledger_events"
    __table_args__ = (
        UniqueConstraint("operator_id", "stream", "stream_seq"),
        CheckConstraint("length(leaf_input) = 33", name="leaf_length"),
        Index(None, "operator_id", "kind", "id"),
        Index(
            "ix_ledger_events_staff", "operator_id", "staff_id", "id",
            sqlite_where=_BY_STAFF, postgresql_where=_BY_STAFF,
        ),
    )  # fmt: skip

    operator_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    stream: Mapped[UUID]
    stream_seq: Mapped[int]
    prev: Mapped[bytes | None]
    kind: Mapped[EventType] = mapped_column(StateType(EventType))
    body: Mapped[bytes | None]
    salt: Mapped[bytes | None]
    leaf_input: Mapped[bytes]
    recorded_at: Mapped[datetime]
    expired_at: Mapped[datetime | None]
    staff_id: Mapped[UUID | None]


class LedgerQueued(Base):
    """An event that waits to be sealed.  ``seq`` is only the order in which events are taken, not a promise."""

    __tablename__ = "ledger_queue"
    __table_args__ = (Index(None, "recorded_at"), {"sqlite_autoincrement": True})

    seq: Mapped[int] = mapped_column(BigInteger().with_variant(Integer(), "sqlite"), primary_key=True)
    operator_id: Mapped[int]
    event_id: Mapped[UUID]
    leaf_input: Mapped[bytes]
    recorded_at: Mapped[datetime]


class LedgerEpoch(Base):
    """One log: its name, and how many leaves it has.  The row is the lock of the sealer.

    A new epoch is opened when a database does not go on where its last exported head stood, and when a new generation
    of the signing key begins (``signed_by``): one key signs one log.  ``follows`` is the last head before it.
    """

    __tablename__ = "ledger_epochs"

    epoch: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    origin: Mapped[str] = mapped_column(unique=True)
    size: Mapped[int] = mapped_column(BigInteger())
    opened_at: Mapped[datetime]
    signed_by: Mapped[int]
    follows: Mapped[str | None] = mapped_column(Text())


class LedgerLeaf(Base):
    """One leaf: which event it stands for, and the 33 bytes that were hashed.

    No foreign key leads to its epoch: the sealer holds that row's lock, and checking it for each leaf takes a third of
    the sealing time.
    """

    __tablename__ = "ledger_leaves"
    __table_args__ = (
        UniqueConstraint("operator_id", "event_id"),
        CheckConstraint("length(leaf_input) = 33", name="leaf_length"),
    )

    epoch: Mapped[int] = mapped_column(primary_key=True)
    leaf_index: Mapped[int] = mapped_column(BigInteger(), primary_key=True)
    operator_id: Mapped[int]
    event_id: Mapped[UUID]
    leaf_input: Mapped[bytes]


class LedgerTile(Base):
    """Up to 256 hashes of 32 bytes of one level of the tree."""

    __tablename__ = "ledger_tiles"
    __table_args__ = (
        ForeignKeyConstraint(["epoch"], ["ledger_epochs.epoch"]),
        CheckConstraint("length(hashes) <= 8192", name="tile_length"),
    )

    epoch: Mapped[int] = mapped_column(primary_key=True)
    level: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger(), primary_key=True)
    hashes: Mapped[bytes]


class LedgerHead(Base):
    """A signed head, as it was published."""

    __tablename__ = "ledger_heads"
    __table_args__ = (ForeignKeyConstraint(["epoch"], ["ledger_epochs.epoch"]),)

    epoch: Mapped[int] = mapped_column(primary_key=True)
    tree_size: Mapped[int] = mapped_column(BigInteger(), primary_key=True)
    note: Mapped[str] = mapped_column(Text())
    signed_at: Mapped[datetime]


class LedgerAnchor(Base):
    """What another party said of a head, so that it cannot be replaced together with the database.

    ``number`` runs without gaps, so that one that is gone is missed.  ``party`` names the other: the subject of the
    certificate that stamped, the verifier key of a witness, the host of a webhook.  ``token`` is what it said: the
    answer of the time-stamp server in DER, the signature line of a witness, the id of the message that was taken.
    """

    __tablename__ = "ledger_anchors"
    __table_args__ = (
        UniqueConstraint("epoch", "tree_size", "kind", "party"),
        ForeignKeyConstraint(["epoch", "tree_size"], ["ledger_heads.epoch", "ledger_heads.tree_size"]),
    )

    number: Mapped[int] = mapped_column(BigInteger(), primary_key=True, autoincrement=False)
    epoch: Mapped[int]
    tree_size: Mapped[int] = mapped_column(BigInteger())
    kind: Mapped[AnchorKind] = mapped_column(StateType(AnchorKind))
    party: Mapped[str] = mapped_column(Text())
    token: Mapped[bytes]
    created_at: Mapped[datetime]
