"""Anchors of the ledger: what others said of its heads, and the trigger that lets nobody change it.

Revision: 0017
Before: 0016
"""

import sqlalchemy as sa
from alembic import op

from consent_service.kernel.db import UtcDateTime

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

APPENDED = "the ledger is only appended to"


def upgrade() -> None:
    op.create_table(
        "ledger_anchors",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("tree_size", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("party", sa.Text(), nullable=False),
        sa.Column("token", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["epoch", "tree_size"],
            ["ledger_heads.epoch", "ledger_heads.tree_size"],
            name=op.f("fk_ledger_anchors_epoch_tree_size_ledger_heads"),
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_ledger_anchors")),
        sa.UniqueConstraint(
            "epoch", "tree_size", "kind", "party", name=op.f("uq_ledger_anchors_epoch_tree_size_kind_party")
        ),
    )
    if op.get_bind().dialect.name == "sqlite":
        for act in ("DELETE", "UPDATE"):
            op.execute(
                f"CREATE TRIGGER ledger_anchors_{act.lower()} BEFORE {act} ON ledger_anchors "
                f"BEGIN SELECT RAISE(ABORT, '{APPENDED}'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION refuse_ledger_anchors_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"RAISE EXCEPTION '{APPENDED}'; END $$"
    )
    op.execute(
        "CREATE TRIGGER ledger_anchors_kept BEFORE UPDATE OR DELETE ON ledger_anchors "
        "FOR EACH ROW EXECUTE FUNCTION refuse_ledger_anchors_change()"
    )


def downgrade() -> None:
    op.drop_table("ledger_anchors")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_ledger_anchors_change()")
