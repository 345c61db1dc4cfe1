"""Withdrawals of parts and endings of agreements, barred purposes, letters that meet duties, operators' own rules.

Revision: 0004
Before: 0003
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from consent_service.kernel.db import UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(JSONB(), "postgresql")
# Table, column, and what it holds for rows that are there already.
COLUMNS = (
    ("withdrawals", "matter", sa.String(32), "consent"),
    ("withdrawals", "parts", JSON, "[]"),
    ("withdrawals", "acting", JSON, '{"by": "person", "age": "adult"}'),
    ("withdrawal_purposes", "is_barred", sa.Boolean(), sa.false()),
    ("consent_choices", "withdrawn_parts", JSON, "{}"),
    ("letters", "meets", JSON, "[]"),
    ("operators", "rules", JSON, "{}"),
)
PLAN = (("erase_ground", sa.String(32)), ("erase_due_on", sa.Date()), ("erase_run_after", UtcDateTime()))


def upgrade() -> None:
    for table, name, kind, known in COLUMNS:
        with op.batch_alter_table(table) as batch:
            batch.add_column(sa.Column(name, kind, nullable=False, server_default=known))
        with op.batch_alter_table(table) as batch:
            batch.alter_column(name, existing_type=kind, server_default=None)
    with op.batch_alter_table("withdrawals") as batch:
        batch.add_column(sa.Column("resumed_at", UtcDateTime(), nullable=True))
        for name, kind in PLAN:
            batch.alter_column(name, existing_type=kind, nullable=True)


def downgrade() -> None:
    op.execute(
        "DELETE FROM withdrawal_purposes WHERE withdrawal_id IN (SELECT id FROM withdrawals WHERE erase_ground IS NULL)"
    )
    op.execute("DELETE FROM withdrawals WHERE erase_ground IS NULL")
    with op.batch_alter_table("withdrawals") as batch:
        batch.drop_column("resumed_at")
        for name, kind in PLAN:
            batch.alter_column(name, existing_type=kind, nullable=False)
    for table, name, _, _ in reversed(COLUMNS):
        with op.batch_alter_table(table) as batch:
            batch.drop_column(name)
