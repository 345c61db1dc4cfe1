"""The end of an operator: orders to end one, and since when it is closed and ended.

Revision: 0040
Before: 0039
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from consent_service.kernel.db import UtcDateTime

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    json = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
    op.add_column("operators", sa.Column("closed_at", UtcDateTime(), nullable=True))
    op.add_column("operators", sa.Column("ended_at", UtcDateTime(), nullable=True))
    op.create_table(
        "operator_endings",
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("because", sa.String(length=32), nullable=False),
        sa.Column("without_export", sa.String(length=32), nullable=True),
        sa.Column("ordered_by", sa.String(), nullable=False),
        sa.Column("ordered_at", UtcDateTime(), nullable=False),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("begun_at", UtcDateTime(), nullable=True),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("erased", json, nullable=False),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("operator_id", "id", name=op.f("pk_operator_endings")),
    )


def downgrade() -> None:
    op.drop_table("operator_endings")
    op.drop_column("operators", "ended_at")
    op.drop_column("operators", "closed_at")
