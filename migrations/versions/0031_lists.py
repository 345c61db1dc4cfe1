"""What figures were on each day, and the order of lists.

Revision: 0031
Before: 0030
"""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

UNMET = sa.text("state IN ('open', 'late')")
OPEN = sa.text("state NOT IN ('done', 'cancelled')")


def upgrade() -> None:
    op.create_table(
        "daily_figures",
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("figure", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("operator_id", "day", "figure", name=op.f("pk_daily_figures")),
    )
    op.create_index(
        "ix_duties_due", "duties", ["operator_id", "due_on", "id"], sqlite_where=UNMET, postgresql_where=UNMET
    )
    op.create_index(
        "ix_erasure_orders_open",
        "erasure_orders",
        ["operator_id", "due_on", "id"],
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )


def downgrade() -> None:
    op.drop_index("ix_erasure_orders_open", "erasure_orders")
    op.drop_index("ix_duties_due", "duties")
    op.drop_table("daily_figures")
