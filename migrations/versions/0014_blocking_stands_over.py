"""A blocking stands over an answer that goes its own way beneath it.

Revision: 0014
Before: 0013
"""

import sqlalchemy as sa
from alembic import op

from consent_service.kernel.db import UtcDateTime

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

# What was blocked when it was withdrawn is to go back to what it was before the blocking, if the withdrawal is undone.
BENEATH = (
    "UPDATE withdrawal_purposes SET state_before = COALESCE((SELECT blocked_from FROM consent_choices AS c WHERE "
    "c.operator_id = withdrawal_purposes.operator_id AND c.consent_id = withdrawal_purposes.consent_id AND "
    "c.purpose_id = withdrawal_purposes.purpose_id), 'withdrawn') WHERE state_before = 'blocked'"
)


def upgrade() -> None:
    op.add_column("consent_choices", sa.Column("blocked_at", UtcDateTime(), nullable=True))
    op.execute(BENEATH)
    op.execute(
        "UPDATE consent_choices SET blocked_at = state_since, state = COALESCE(blocked_from, 'withdrawn') "
        "WHERE state = 'blocked'"
    )
    with op.batch_alter_table("consent_choices") as batch:
        batch.drop_column("blocked_from")


def downgrade() -> None:
    op.add_column("consent_choices", sa.Column("blocked_from", sa.String(32), nullable=True))
    op.execute(
        "UPDATE consent_choices SET blocked_from = state, state = 'blocked', state_since = blocked_at "
        "WHERE blocked_at IS NOT NULL AND state IN ('pending_approval', 'active', 'implied', 'withdrawal_pending')"
    )
    with op.batch_alter_table("consent_choices") as batch:
        batch.drop_column("blocked_at")
