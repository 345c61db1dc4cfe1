"""Rows that stay in a place outside by its description, and acts whose numbers a restored database has forgotten.

Revision: 0033
Before: 0030
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    json = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
    with op.batch_alter_table("erasure_targets") as table:
        table.add_column(sa.Column("kept", json, nullable=False, server_default="{}"))
    with op.batch_alter_table("erasure_targets") as table:
        table.alter_column("kept", server_default=None)
    op.create_table(
        "lost_acts",
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("operator_id", "year", name=op.f("pk_lost_acts")),
    )


def downgrade() -> None:
    op.drop_table("lost_acts")
    with op.batch_alter_table("erasure_targets") as table:
        table.drop_column("kept")
