"""Orders that move days of the calendar, entered while the service runs; at whose account sign-ins failed.

Revision: 0038
Before: 0037
"""

import sqlalchemy as sa
from alembic import op

from consent_service.kernel.db import UtcDateTime

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "calendar_orders",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("act", sa.String(), nullable=False),
        sa.Column("day_off", sa.Date(), nullable=True),
        sa.Column("worked", sa.Date(), nullable=True),
        sa.Column("edition", sa.String(), nullable=False),
        sa.Column("entered_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_calendar_orders")),
    )
    op.add_column("sign_in_failures", sa.Column("staff_id", sa.Uuid(), nullable=True))
    op.add_column("sign_in_failures", sa.Column("told", sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    op.drop_column("sign_in_failures", "told")
    op.drop_column("sign_in_failures", "staff_id")
    op.drop_table("calendar_orders")
