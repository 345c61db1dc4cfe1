"""When a person last acted about an answer, refusals to look into again, and demanded erasures.

Revision: 0007
Before: 0006
"""

import sqlalchemy as sa
from alembic import op

from consent_service.kernel.db import UtcDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("consent_choices", sa.Column("ruled_at", UtcDateTime(), nullable=True))
    op.execute(
        "UPDATE consent_choices SET ruled_at = CASE "
        "WHEN state IN ('withdrawn', 'withdrawal_pending') THEN state_since ELSE answered_at END"
    )
    with op.batch_alter_table("consent_choices") as batch:
        batch.alter_column("ruled_at", existing_type=UtcDateTime(), nullable=False)
    op.add_column("erasure_orders", sa.Column("demanded", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.execute("UPDATE erasure_orders SET demanded = (cause_kind = 'request')")
    with op.batch_alter_table("erasure_orders") as batch:
        batch.alter_column("demanded", existing_type=sa.Boolean(), server_default=None)
    op.create_table(
        "loose_ends",
        sa.Column("operator_id", sa.Integer(), nullable=False),
        sa.Column("consent_id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("operator_id", "consent_id", name=op.f("pk_loose_ends")),
    )
    op.create_index(op.f("ix_loose_ends_operator_id_since"), "loose_ends", ["operator_id", "since"])


def downgrade() -> None:
    op.drop_table("loose_ends")
    with op.batch_alter_table("erasure_orders") as batch:
        batch.drop_column("demanded")
    with op.batch_alter_table("consent_choices") as batch:
        batch.drop_column("ruled_at")
