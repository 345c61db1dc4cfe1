"""Checks of the ledger that are ordered, under way, or ended.

Revision: 0042
Before: 0041
"""

import sqlalchemy as sa
from alembic import op

from consent_service.kernel.db import UtcDateTime

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ledger_checks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=True),
        sa.Column("ordered_by", sa.String(), nullable=True),
        sa.Column("ordered_at", UtcDateTime(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("claim", sa.Uuid(), nullable=True),
        sa.Column("claimed_until", UtcDateTime(), nullable=True),
        sa.Column("begun_at", UtcDateTime(), nullable=True),
        sa.Column("looking_at", sa.String(), nullable=True),
        sa.Column("looked_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in _COUNTS),
        sa.Column("error", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_checks")),
        sa.UniqueConstraint("is_open", name=op.f("uq_ledger_checks_is_open")),
    )
    op.create_index(op.f("ix_ledger_checks_ended_at"), "ledger_checks", ["ended_at"])


def downgrade() -> None:
    op.drop_table("ledger_checks")


_COUNTS = ("events", "holes", "waiting", "leaves", "heads", "anchors", "records", "found")
