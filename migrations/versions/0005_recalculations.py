"""Decisions to date open duties again.

Revision: 0005
Before: 0004
"""

import sqlalchemy as sa
from alembic import op

from consent_service.kernel.db import UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "recalculations",
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("edition", sa.String(), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("reason_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("after_case", sa.Uuid(), nullable=True),
        sa.Column("after_duty", sa.Uuid(), nullable=True),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("moved", sa.Integer(), nullable=False),
        sa.Column("approved_at", UtcDateTime(), nullable=False),
        sa.Column("done_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("operator_id", "id", name=op.f("pk_recalculations")),
    )
    op.create_index(
        "uq_recalculations_open",
        "recalculations",
        ["operator_id"],
        unique=True,
        sqlite_where=sa.text("state = 'approved'"),
        postgresql_where=sa.text("state = 'approved'"),
    )
    # Recomputing walks open duties case by case.
    op.create_index(
        "ix_duties_unmet",
        "duties",
        ["operator_id", "case_id", "id"],
        sqlite_where=sa.text("state IN ('open', 'late')"),
        postgresql_where=sa.text("state IN ('open', 'late')"),
    )


def downgrade() -> None:
    op.drop_index("ix_duties_unmet", "duties")
    op.drop_table("recalculations")
