"""The Merkle tree over the ledger: queue, epochs, leaves, tiles, heads, and the triggers that let them only grow.

Events that were appended before are queued in the order of their instants.

Revision: 0012
Before: 0011
"""

import sqlalchemy as sa
from alembic import op

from consent_service.kernel.db import UtcDateTime

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

APPENDED = "the ledger is only appended to"
QUEUE_ROW = "(operator_id, event_id, leaf_input, recorded_at)"
# Names of triggers, their tables, and when a change is refused.
KEPT = {
    "ledger_leaves": None,
    "ledger_heads": None,
    "ledger_tiles": (
        "NOT (NEW.epoch = OLD.epoch AND NEW.level = OLD.level AND NEW.number = OLD.number "
        "AND substr(NEW.hashes, 1, length(OLD.hashes)) = OLD.hashes)"
    ),
    "ledger_epochs": (
        "NOT (NEW.epoch = OLD.epoch AND NEW.origin = OLD.origin AND NEW.size >= OLD.size "
        "AND NEW.opened_at = OLD.opened_at AND NEW.follows {same} OLD.follows)"
    ),
}


def upgrade() -> None:
    op.create_table(
        "ledger_queue",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("leaf_input", sa.LargeBinary(), nullable=False),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_ledger_queue")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "ledger_epochs",
        sa.Column("epoch", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("follows", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("epoch", name=op.f("pk_ledger_epochs")),
        sa.UniqueConstraint("origin", name=op.f("uq_ledger_epochs_origin")),
    )
    op.create_table(
        "ledger_leaves",
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("leaf_index", sa.BigInteger(), nullable=False),
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("leaf_input", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("length(leaf_input) = 33", name=op.f("ck_ledger_leaves_leaf_length")),
        sa.PrimaryKeyConstraint("epoch", "leaf_index", name=op.f("pk_ledger_leaves")),
        sa.UniqueConstraint("operator_id", "event_id", name=op.f("uq_ledger_leaves_operator_id_event_id")),
    )
    op.create_table(
        "ledger_tiles",
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("hashes", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("length(hashes) <= 8192", name=op.f("ck_ledger_tiles_tile_length")),
        sa.ForeignKeyConstraint(["epoch"], ["ledger_epochs.epoch"], name=op.f("fk_ledger_tiles_epoch_ledger_epochs")),
        sa.PrimaryKeyConstraint("epoch", "level", "number", name=op.f("pk_ledger_tiles")),
    )
    op.create_table(
        "ledger_heads",
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("tree_size", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("signed_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["epoch"], ["ledger_epochs.epoch"], name=op.f("fk_ledger_heads_epoch_ledger_epochs")),
        sa.PrimaryKeyConstraint("epoch", "tree_size", name=op.f("pk_ledger_heads")),
    )
    op.execute(
        f"INSERT INTO ledger_queue {QUEUE_ROW} "
        "SELECT operator_id, id, leaf_input, recorded_at FROM ledger_events ORDER BY recorded_at, id"
    )
    if op.get_bind().dialect.name == "sqlite":
        _sqlite_triggers()
    else:
        _postgresql_triggers()


def downgrade() -> None:
    op.execute(
        "DROP TRIGGER ledger_events_queued" + ("" if op.get_bind().dialect.name == "sqlite" else " ON ledger_events")
    )
    for table in ("ledger_heads", "ledger_tiles", "ledger_leaves", "ledger_epochs", "ledger_queue"):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        for name in ("queue_ledger_event", *(f"refuse_{table}_change" for table in KEPT)):
            op.execute(f"DROP FUNCTION {name}()")


def _sqlite_triggers() -> None:
    op.execute(
        "CREATE TRIGGER ledger_events_queued AFTER INSERT ON ledger_events BEGIN "
        f"INSERT INTO ledger_queue {QUEUE_ROW} "
        "VALUES (NEW.operator_id, NEW.id, NEW.leaf_input, NEW.recorded_at); END"
    )
    for table, when in KEPT.items():
        for act, condition in (("DELETE", ""), ("UPDATE", f"WHEN {when.format(same='IS')}" if when else "")):
            op.execute(
                f"CREATE TRIGGER {table}_{act.lower()} BEFORE {act} ON {table} {condition} "
                f"BEGIN SELECT RAISE(ABORT, '{APPENDED}'); END"
            )


def _postgresql_triggers() -> None:
    op.execute(
        "CREATE FUNCTION queue_ledger_event() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"INSERT INTO ledger_queue {QUEUE_ROW} "
        "VALUES (NEW.operator_id, NEW.id, NEW.leaf_input, NEW.recorded_at); RETURN NULL; END $$"
    )
    op.execute(
        "CREATE TRIGGER ledger_events_queued AFTER INSERT ON ledger_events "
        "FOR EACH ROW EXECUTE FUNCTION queue_ledger_event()"
    )
    for table, when in KEPT.items():
        refused = when.format(same="IS NOT DISTINCT FROM") if when else "TRUE"
        op.execute(
            f"CREATE FUNCTION refuse_{table}_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"IF TG_OP = 'DELETE' THEN RAISE EXCEPTION '{APPENDED}'; END IF; "
            f"IF {refused} THEN RAISE EXCEPTION '{APPENDED}'; END IF; RETURN NEW; END $$"
        )
        op.execute(
            f"CREATE TRIGGER {table}_kept BEFORE UPDATE OR DELETE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION refuse_{table}_change()"
        )
